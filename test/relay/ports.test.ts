import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { relayPorts } from '../../src/relay/ports.ts';

const ports = (settings: Record<string, string> = {}) =>
  relayPorts(configSchema.parse({ mail_domain: 'chat.test', ...settings }));

describe('relayPorts', () => {
  it('names each port of the relay once, with the units that may hold it', () => {
    const open = ports().filter(({ address }) => address === undefined);
    expect(open.map(({ port }) => port).sort((a, b) => a - b)).toEqual([
      25, 80, 143, 443, 465, 587, 993, 3478,
    ]);
    expect(ports().every(({ units }) => units.length > 0)).toBe(true);
  });

  it('needs port 53 only on the loopback address', () => {
    const resolver = ports().filter(({ port }) => port === 53);
    expect(resolver.map(({ protocol }) => protocol)).toEqual(['udp', 'tcp']);
    expect(resolver.every(({ address }) => address === '127.0.0.1')).toBe(true);
  });

  it('has a port for calls, if it helps with them', () => {
    const udp = (settings: Record<string, string>) =>
      ports(settings).filter(({ port, protocol }) => port === 3478 && protocol === 'udp').length;
    expect(udp({})).toBe(1);
    expect(udp({ turn: 'false' })).toBe(0);
    expect(udp({ mail_domain: '2001:db8::1' })).toBe(0);
  });

  it('has a port for metrics on the address that the operator names', () => {
    const metrics = (settings: Record<string, string>) =>
      ports(settings).filter(({ port }) => port === 3903);
    expect(metrics({})).toEqual([]);
    expect(metrics({ mtail_address: '10.0.0.7' })).toMatchObject([{ address: '10.0.0.7' }]);
    expect(metrics({ mtail_address: 'FD00::0007' })).toMatchObject([{ address: '[fd00::7]' }]);
  });
});
