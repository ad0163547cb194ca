import { describe, expect, it } from 'vitest';
import type { Facts, ListenerFact, SystemFacts } from '../../src/engine/facts.ts';
import {
  checkRoom,
  checkSystem,
  platformOf,
  type RequiredPort,
} from '../../src/engine/preflight.ts';
import { bareFacts, demoState, deployedFacts } from './scenario.ts';

const withSystem = (change: Partial<SystemFacts>): Facts => ({
  ...bareFacts,
  system: { ...bareFacts.system, ...change },
});

const listener = (change: Partial<ListenerFact>): ListenerFact => ({
  protocol: 'tcp',
  address: '0.0.0.0',
  port: 25,
  program: 'demo',
  unit: 'demo.service',
  ...change,
});

const ports: RequiredPort[] = [
  { protocol: 'tcp', port: 25, units: ['demo.service'] },
  { protocol: 'udp', address: '127.0.0.1', port: 53, units: ['demo.service'] },
  { protocol: 'tcp', port: 99, units: ['demo.socket', 'demo.service'] },
];

const obstacles = (facts: Facts): string[] =>
  checkRoom(demoState, facts, ports).map(({ what }) => what);

describe('checkSystem', () => {
  it('accepts Debian 12 and 13 and Raspberry Pi OS', () => {
    expect(checkSystem(bareFacts)).toEqual([]);
    expect(platformOf(withSystem({ version: '12' }))).toEqual({ debian: 12 });
    expect(checkSystem(withSystem({ id: 'raspbian', architecture: 'arm64' }))).toEqual([]);
  });

  it.each<[string, Partial<SystemFacts>, string]>([
    [
      'Ubuntu',
      { id: 'ubuntu', version: '24.04', prettyName: 'Ubuntu 24.04' },
      'it runs Ubuntu 24.04',
    ],
    ['Debian 11', { version: '11', prettyName: 'Debian 11' }, 'it runs Debian 11'],
    ['nothing known', { id: '', version: '', prettyName: '' }, 'it runs an unknown system'],
    ['riscv64', { architecture: 'riscv64' }, 'its architecture is riscv64'],
    ['no systemd', { systemd: false }, 'systemd does not run it'],
    ['no root', { uid: 1000 }, 'commands do not run as root there'],
  ])('refuses %s with a fix', (_, change, what) => {
    const findings = checkSystem(withSystem(change));
    expect(findings.map((finding) => finding.what)).toEqual([what]);
    expect(findings[0]?.fix).not.toBe('');
  });
});

describe('checkRoom', () => {
  it('finds nothing in the way on a bare and on a deployed host', () => {
    expect(obstacles(bareFacts)).toEqual([]);
    expect(obstacles({ ...deployedFacts, listeners: [listener({})] })).toEqual([]);
  });

  it('asks for more room on a first deploy than later', () => {
    const small = { ...bareFacts.system, freeVarKib: 100_000 };
    expect(obstacles({ ...bareFacts, system: small })).toEqual([
      '/var has 97 MiB free, 1024 MiB are needed',
    ]);
    expect(obstacles({ ...deployedFacts, system: small })).toEqual([]);
  });

  it('names what holds a needed port, once', () => {
    const exim = listener({ program: 'exim4', unit: 'exim4.service' });
    const findings = checkRoom(
      demoState,
      { ...bareFacts, listeners: [exim, { ...exim, address: '[::]' }] },
      ports,
    );
    expect(findings).toEqual([
      {
        level: 'error',
        what: 'port 25/tcp is held by exim4.service (exim4)',
        fix: 'stop it (systemctl disable --now exim4.service) or remove its package, then run again',
      },
    ]);
  });

  it('refuses to take over a daemon of ours that somebody else configured', () => {
    expect(obstacles({ ...bareFacts, listeners: [listener({})] })).toEqual([
      'port 25/tcp is served by demo.service, which cmdeploy did not set up',
    ]);
  });

  it('goes on where a run died between starting a daemon and noting it', () => {
    expect(obstacles({ ...deployedFacts, stamps: {}, listeners: [listener({})] })).toEqual([]);
  });

  it('looks at addresses and protocols', () => {
    const resolved = listener({
      protocol: 'udp',
      address: '127.0.0.53%lo',
      port: 53,
      unit: 'systemd-resolved.service',
    });
    expect(obstacles({ ...bareFacts, listeners: [resolved] })).toEqual([]);
    expect(obstacles({ ...bareFacts, listeners: [{ ...resolved, address: '0.0.0.0' }] })).toEqual([
      'port 53/udp is held by systemd-resolved.service (demo)',
    ]);
    expect(obstacles({ ...bareFacts, listeners: [listener({ protocol: 'udp' })] })).toEqual([]);
  });

  it('lets systemd hold the sockets it passes on', () => {
    const socket = listener({ port: 99, program: 'systemd', unit: 'init.scope' });
    expect(obstacles({ ...bareFacts, listeners: [socket] })).toEqual([]);
    expect(obstacles({ ...bareFacts, listeners: [{ ...socket, port: 25 }] })).toHaveLength(1);
  });
});
