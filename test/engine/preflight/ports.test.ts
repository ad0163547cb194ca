import { describe, expect, it } from 'vitest';
import type { Facts, ListenerFact } from '../../../src/engine/facts.ts';
import { checkPorts, type RequiredPort } from '../../../src/engine/preflight/ports.ts';
import { bareFacts, demoState, deployedFacts } from '../scenario.ts';

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
  checkPorts(demoState, facts, ports, false).map(({ what }) => what);

describe('checkPorts', () => {
  it('finds nothing in the way on a bare and on a deployed host', () => {
    expect(obstacles(bareFacts)).toEqual([]);
    expect(obstacles({ ...deployedFacts, listeners: [listener({})] })).toEqual([]);
  });

  it('names what holds a needed port, once', () => {
    const exim = listener({ program: 'exim4', unit: 'exim4.service' });
    const findings = checkPorts(
      demoState,
      { ...bareFacts, listeners: [exim, { ...exim, address: '[::]' }] },
      ports,
      false,
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

  it('takes it over when that is allowed, and nothing else', () => {
    const foreign = {
      ...bareFacts,
      listeners: [listener({}), listener({ unit: 'exim4.service' })],
    };
    expect(checkPorts(demoState, foreign, ports, true).map(({ what }) => what)).toEqual([
      'port 25/tcp is held by exim4.service (demo)',
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
