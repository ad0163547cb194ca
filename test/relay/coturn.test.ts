import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { coturnPart } from '../../src/relay/coturn.ts';

const partOf = (settings: Record<string, string> = {}) =>
  coturnPart(configSchema.parse({ mail_domain: '_a.test', ...settings }), { debian: 13 });
const content = (path: string, settings: Record<string, string> = {}): string => {
  const file = partOf(settings).files?.find((candidate) => candidate.path === path);
  if (!file) throw new Error(`the part has no ${path}`);
  return String(file.content);
};
const CONFIG = '/etc/chatmail/turnserver.conf';
const COMPLETE = '/usr/local/lib/chatmaild/turn-configuration';

describe('the coturn part', () => {
  it('keeps the secret on the host, for root', () => {
    const [secret] = partOf().generated ?? [];
    expect(secret?.paths).toEqual(['/etc/chatmail/turn-secret']);
    expect(secret?.mode).toBe(0o600);
    for (const { content: text } of partOf().files ?? [])
      expect(String(text)).not.toMatch(/static-auth-secret=[0-9a-f]/);
  });

  it('relays UDP only, from the ports of the operator, with limits', () => {
    const lines = content(CONFIG, { turn_ports: '50000 - 50099' }).split('\n');
    for (const line of ['min-port=50000', 'max-port=50099', 'total-quota=100', 'no-tcp', 'no-tls'])
      expect(lines).toContain(line);
    for (const line of ['no-dtls', 'no-tcp-relay', 'no-cli', 'no-rfc5780', 'use-auth-secret'])
      expect(lines).toContain(line);
  });

  it('knows the address that NAT hides, and warns when it does not', () => {
    expect(content(COMPLETE)).not.toContain('external-ip');
    expect(partOf().preconditions?.map(({ level }) => level)).toEqual(['warning']);
    const natted = { turn_external_address: '203.0.113.7' };
    expect(content(COMPLETE, natted)).toContain('external-ip=203.0.113.7/$own');
    expect(content(COMPLETE, natted)).toContain('denied-peer-ip=203.0.113.7');
    expect(partOf(natted).preconditions).toEqual([]);
  });

  it('lets in so many new clients as fit into its memory, and touches nothing else', () => {
    const rules = content('/etc/chatmail/turn.nft');
    const [, input = ''] = /chain input \{\n([^}]*)\}/.exec(rules) ?? [];
    expect(input.trim().split(/\n\s*/)).toEqual([
      'type filter hook input priority filter; policy accept;',
      'udp dport 3478 iif != lo goto turn',
    ]);
    expect(rules.match(/^ {4}size 4096$/gm)).toHaveLength(2);
    const lifetime = Number(/max-allocate-timeout=(\d+)/.exec(content(CONFIG))?.[1]);
    for (const [, seconds] of rules.matchAll(/timeout (\d+)s/g))
      expect(Number(seconds)).toBeGreaterThan(lifetime);
  });

  it('leaves IPv6 alone where there is none', () => {
    expect(content(COMPLETE)).toContain('ip -o addr');
    expect(content(COMPLETE, { disable_ipv6: 'true' })).toContain('ip -o -4 addr');
  });

  it('can be switched off', () => {
    const part = partOf({ turn: 'false' });
    expect(part.retired?.map(({ name }) => name)).toEqual(['coturn.service']);
    expect(part.packages).toBeUndefined();
    expect(partOf({ mail_domain: '2001:db8::1' }).units).toBeUndefined();
  });
});
