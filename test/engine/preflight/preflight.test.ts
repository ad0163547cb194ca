import { describe, expect, it } from 'vitest';
import { combine } from '../../../src/engine/combine.ts';
import type { Facts } from '../../../src/engine/facts.ts';
import type { MachineFacts, OutboundFact } from '../../../src/engine/machine-facts.ts';
import { type Needs, preflight } from '../../../src/engine/preflight/index.ts';
import { bareFacts, demoState, deployedFacts } from '../scenario.ts';

const needs: Needs = {
  ports: [
    { protocol: 'tcp', port: 25, units: ['demo.service'] },
    { protocol: 'tcp', port: 443, units: ['demo.service'] },
    { protocol: 'udp', address: '127.0.0.1', port: 53, units: ['demo.service'] },
  ],
  network: {
    names: ['chat.example'],
    outbound: {
      port: 25,
      hosts: ['mx1.example', 'mx2.example'],
      fix: { refused: 'see the firewall', filtered: 'ask the hoster' },
    },
  },
};

const withMachine = (facts: Facts, change: Partial<MachineFacts>): Facts => ({
  ...facts,
  machine: { ...facts.machine, ...change },
});

/** `error: what`, `warning: what`, of a host that was never deployed to and of one that was. */
const bare = (change: Partial<MachineFacts>): string[] => texts(withMachine(bareFacts, change));
const deployed = (change: Partial<MachineFacts>): string[] =>
  texts(withMachine(deployedFacts, change));
const texts = (facts: Facts): string[] =>
  preflight(demoState, facts, needs).map(({ level, what }) => `${level}: ${what}`);

const MINUTES = 60_000;
const outbound = (host: string, result: OutboundFact['result'], reason = ''): OutboundFact => ({
  host,
  result,
  reason,
});

it('has nothing to say of a good host', () => {
  expect(bare({})).toEqual([]);
  expect(deployed({})).toEqual([]);
});

it('lists everything at once, each with a fix', () => {
  const state = combine([
    { name: 'demo', preconditions: [{ name: 'license', script: 'true', fix: 'get one' }] },
  ]);
  const facts: Facts = withMachine(
    {
      ...bareFacts,
      preconditions: { license: ['it has no license'] },
      listeners: [
        { protocol: 'tcp', address: '*', port: 25, program: 'exim4', unit: 'exim4.service' },
      ],
    },
    {
      clockOffsetMs: -90 * MINUTES,
      disks: [{ mount: '/', freeKib: 10_000, freeInodes: 3 }],
      memory: { totalKib: 2_000_000, availableKib: 10_000 },
      rebootRequired: true,
    },
  );
  const findings = preflight(state, facts, needs);
  expect(findings.map(({ level, what }) => `${level}: ${what}`)).toEqual([
    'error: it has no license',
    'error: port 25/tcp is held by exim4.service (exim4)',
    "error: its clock is 90 minutes behind this machine's: TLS, DKIM and certificates fail with a wrong clock",
    'error: / has 9 MiB free, 64 MiB are needed',
    'error: / has room for 3 more files (inodes), 1000 are needed',
    'error: 9 MiB of memory are available, 64 MiB are needed',
    'warning: an update waits for a reboot',
  ]);
  expect(findings.filter(({ fix }) => fix === '')).toEqual([]);
});

describe('room', () => {
  it('must be more for a first deploy than later', () => {
    const small = { disks: [{ mount: '/var', freeKib: 100_000, freeInodes: 5000 }] };
    expect(bare(small)).toEqual([
      'error: /var has 97 MiB free, 1024 MiB are needed',
      'error: /var has room for 5000 more files (inodes), 20000 are needed',
    ]);
    expect(deployed(small)).toEqual([]);
  });

  it('has no inodes where the file system does not count them', () => {
    expect(bare({ disks: [{ mount: '/', freeKib: 10_000_000 }] })).toEqual([]);
  });

  it('in memory is asked for before a first deploy; a relay that runs may go on', () => {
    const small = { memory: { totalKib: 256 * 1024, availableKib: 100 * 1024 } };
    const what = 'it has 256 MiB of memory, 384 MiB are needed';
    expect(bare(small)).toEqual([
      `error: ${what}`,
      'error: 100 MiB of memory are available, 192 MiB are needed',
    ]);
    expect(deployed(small)).toEqual([`warning: ${what}`]);
  });
});

describe('the clock', () => {
  it.each([
    [20_000, []],
    [2 * MINUTES, ["warning: its clock is 2 minutes ahead of this machine's"]],
    [
      -3 * 24 * 60 * MINUTES,
      [
        "error: its clock is 3 days behind this machine's: TLS, DKIM and certificates fail with a wrong clock",
      ],
    ],
  ])('that is %d ms off', (clockOffsetMs, expected) => {
    expect(deployed({ clockOffsetMs })).toEqual(expected);
  });

  it('should be kept right, but a container has its host for that', () => {
    const free: Partial<MachineFacts> = { clockSynchronised: false };
    expect(deployed(free)).toEqual(['warning: its clock is not synchronised']);
    expect(deployed({ ...free, container: 'lxc' })).toEqual([]);
  });
});

describe('a reboot', () => {
  it('is due by the note of Debian or for a newer kernel of the same flavour', () => {
    const due = ['warning: an update waits for a reboot'];
    expect(deployed({ rebootRequired: true })).toEqual(due);
    expect(deployed({ kernels: ['6.12.1-amd64', '6.12.9-amd64'] })).toEqual(due);
    expect(deployed({ kernels: ['6.12.1-amd64', '6.12.9-cloud-amd64'] })).toEqual([]);
    expect(deployed({ rebootRequired: true, container: 'lxc' })).toEqual([]);
  });
});

describe('names', () => {
  const mute = [
    { address: '192.0.2.1', answers: false },
    { address: '192.0.2.2', answers: false },
  ];
  it('must resolve where packages are to be installed', () => {
    expect(bare({ nameservers: mute, reachedAt: [] })).toEqual([
      'error: it resolves no names: no good answer from 192.0.2.1, 192.0.2.2',
    ]);
    // The resolver's own package was removed: the run that installs it again must not be refused.
    const own = [{ address: '127.0.0.1', answers: false }];
    expect(bare({ nameservers: own, reachedAt: [] })[0]).toMatch(/^warning: it resolves no names/);
    expect(deployed({ nameservers: mute, reachedAt: [] })[0]).toMatch(
      /^warning: it resolves no names/,
    );
  });

  it('are resolved when one server answers, or when the own one is', () => {
    expect(bare({ nameservers: mute })).toEqual([]);
    expect(bare({ nameservers: mute, reachedAt: [], ownNameResolves: true })).toEqual([]);
    expect(bare({ nameservers: [...mute, { address: '192.0.2.3', answers: true }] })).toEqual([]);
  });
});

describe('connections out', () => {
  const what = 'connections to port 25 of other hosts are';
  const refused = outbound('mx1.example', 'refused', 'No route to host');
  const filtered = outbound('mx2.example', 'filtered');

  it('are fine when one succeeds', () => {
    expect(deployed({ outbound: [refused, filtered, outbound('x', 'open')] })).toEqual([]);
  });

  it('are told apart', () => {
    expect(deployed({ outbound: [refused] })).toEqual([
      `warning: ${what} refused: mx1.example (No route to host)`,
    ]);
    expect(deployed({ outbound: [refused, filtered] })).toEqual([
      `warning: ${what} filtered: no answer from mx2.example`,
    ]);
  });

  it('have a fix for each', () => {
    const fixOf = (result: OutboundFact): string | undefined =>
      preflight(demoState, withMachine(deployedFacts, { outbound: [result] }), needs)[0]?.fix;
    expect(fixOf(refused)).toBe('see the firewall');
    expect(fixOf(filtered)).toBe('ask the hoster');
  });
});

describe('addresses', () => {
  it('behind NAT are a warning with the ports to forward', () => {
    const facts = withMachine(deployedFacts, { addresses: ['192.168.1.5', 'fd00::5'] });
    expect(preflight(demoState, facts, needs)).toEqual([
      {
        level: 'warning',
        what: 'it has no public IPv4 address, only 192.168.1.5 (NAT); its name leads to 9.9.9.9',
        fix: 'have the router forward port 25/tcp, 443/tcp to 192.168.1.5',
      },
    ]);
    expect(deployed({ addresses: ['100.64.0.9'], reachedAt: [] })).toEqual([
      'warning: it has no public IPv4 address, only 100.64.0.9 (NAT); its name resolves nowhere',
    ]);
  });

  it('of a network without others are fine when the name leads there', () => {
    expect(deployed({ addresses: ['10.1.1.1'], reachedAt: ['10.1.1.1'], routes: [] })).toEqual([]);
  });

  it('without IPv4 or a way out are a warning; IPv6 may be missing', () => {
    expect(deployed({ addresses: ['2a00::1'], routes: [6], reachedAt: ['2a00::1'] })).toEqual([
      'warning: it has no IPv4 address: most servers and clients do not reach it',
    ]);
    expect(deployed({ reachedAt: [], routes: [6] })).toEqual([
      'warning: it has no default route for IPv4: it reaches its own network only',
    ]);
    expect(deployed({ addresses: ['9.9.9.9'], routes: [4] })).toEqual([]);
  });
});
