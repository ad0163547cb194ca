import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { machineScript } from '../../src/engine/observe/machine-script.ts';
import { parseMachine } from '../../src/engine/observe/parse-machine.ts';

/** As a Debian 13 host behind a router answers. */
const ANSWER = `deployed	yes
now	1795383852249
container	none
synchronised	yes
memory	MemTotal:	2013000
memory	MemAvailable:	1500000
memory	SwapFree:	500000
disk	12333536	3085455	3085510	/
disk	5000	0	0	/var
address	192.168.1.5
address	2a00::1
route	4
route	6
reboot-required	yes
kernel	6.12.1-amd64
installed-kernel	6.12.1-amd64
installed-kernel	6.12.9-amd64
own-name-resolves	yes
nameserver	fe80::1%eth0	yes
nameserver	192.168.1.1	no
reached-at	203.0.113.7
outbound	mx1.example	0	
outbound	mx2.example	124	
outbound	mx3.example	1	Connection refused
outbound	mx4.example	1	Connection timed out`.split('\n');

describe('parseMachine', () => {
  it('reads what the script prints', () => {
    expect(parseMachine(ANSWER)).toEqual({
      deployed: true,
      now: 1_795_383_852_249,
      clockSynchronised: true,
      memory: { totalKib: 2_013_000, availableKib: 2_000_000 },
      disks: [
        { mount: '/', freeKib: 12_333_536, freeInodes: 3_085_455 },
        { mount: '/var', freeKib: 5000 },
      ],
      addresses: ['192.168.1.5', '2a00::1'],
      routes: [4, 6],
      reachedAt: ['203.0.113.7'],
      ownNameResolves: true,
      nameservers: [
        { address: 'fe80::1%eth0', answers: true },
        { address: '192.168.1.1', answers: false },
      ],
      outbound: [
        { host: 'mx1.example', result: 'open', reason: '' },
        { host: 'mx2.example', result: 'filtered', reason: '' },
        { host: 'mx3.example', result: 'refused', reason: 'Connection refused' },
        { host: 'mx4.example', result: 'filtered', reason: 'Connection timed out' },
      ],
      rebootRequired: true,
      kernel: '6.12.1-amd64',
      kernels: ['6.12.1-amd64', '6.12.9-amd64'],
    });
  });

  it('leaves out what makes no sense', () => {
    const nothing = parseMachine([]);
    expect(nothing).toMatchObject({ deployed: false, disks: [], addresses: [], outbound: [] });
    const noise = [
      'now\tsoon',
      'address\t$(reboot)',
      'disk\t\t\t\t',
      'memory',
      'outbound\tx',
      '\t',
    ];
    expect(parseMachine(noise)).toEqual(nothing);
  });
});

describe('machineScript', () => {
  it('is one command for a shell, and answers whatever machine it runs on', () => {
    const output = execFileSync('sh', ['-c', machineScript(undefined)], { encoding: 'utf8' });
    const { now, kernel, memory } = parseMachine(output.split('\n'));
    expect(now).toBeGreaterThan(0);
    expect(kernel).toBeDefined();
    expect(memory?.totalKib).toBeGreaterThan(0);
  });

  it('quotes the names it tries', () => {
    const query = { names: ["a'; echo injected"], outbound: { port: 25, hosts: [] } };
    const script = machineScript(query).replace('ask_nameservers)', 'true)');
    const output = execFileSync('sh', ['-c', script], { encoding: 'utf8', stdio: 'pipe' });
    expect(output).not.toContain('injected');
  });
});
