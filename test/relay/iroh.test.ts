import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { irohPart } from '../../src/relay/iroh.ts';

const partOf = (iroh_relay: string) =>
  irohPart(configSchema.parse({ mail_domain: 'a.test', iroh_relay }), { debian: 12 });

describe('the iroh part', () => {
  it('has an HTTPS address and a hash for both architectures', () => {
    const { files = [] } = partOf('local');
    const sources = String(files.find(({ path }) => path.endsWith('.sources'))?.content);
    const lines = sources.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['amd64', 'arm64']);
    for (const line of lines) expect(line).toMatch(/^\S+ https:\/\/github\.com\/\S+ [0-9a-f]{64}$/);
  });

  it('does not require that the service runs: there may be no program', () => {
    expect(partOf('local').units?.map(({ name }) => name)).toEqual(['chatmail-iroh-relay.path']);
    expect(partOf('local').followUps?.map(({ notice }) => notice)).toHaveLength(1);
  });

  it.each(['', 'https://iroh.example'])('is nothing on this host for %j', (iroh_relay) => {
    const { files, units, retired = [], absent } = partOf(iroh_relay);
    expect(files ?? units).toBeUndefined();
    expect(retired).toHaveLength(2);
    expect(absent).toContain('/usr/local/lib/chatmail-iroh/iroh-relay');
  });
});
