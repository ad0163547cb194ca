import { describe, expect, it } from 'vitest';
import { relayPorts } from '../../src/relay/ports.ts';

describe('relayPorts', () => {
  it('names each port of the relay once, with the units that may hold it', () => {
    const open = relayPorts.filter(({ address }) => address === undefined);
    expect(open.map(({ port }) => port).sort((a, b) => a - b)).toEqual([
      25, 80, 143, 443, 465, 587, 993,
    ]);
    expect(relayPorts.every(({ units }) => units.length > 0)).toBe(true);
  });

  it('needs port 53 only on the loopback address', () => {
    const resolver = relayPorts.filter(({ port }) => port === 53);
    expect(resolver.map(({ protocol }) => protocol)).toEqual(['udp', 'tcp']);
    expect(resolver.every(({ address }) => address === '127.0.0.1')).toBe(true);
  });
});
