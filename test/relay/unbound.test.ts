import { describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../src/config/schema.ts';
import { unboundPart } from '../../src/relay/unbound.ts';

const config = configSchema.parse({ mail_domain: '_one.test' });

describe.each([12, 13] as const)('unboundPart on Debian %d', (debian) => {
  const part = unboundPart(config, { debian });
  const conf = (of: Config): string => String(unboundPart(of, { debian }).files?.[0]?.content);

  it('listens on this host only and logs no names', () => {
    expect(conf(config).match(/^ *interface: .*/gm)).toEqual(['    interface: 127.0.0.1']);
    expect(conf(config)).toContain('log-queries: no');
    expect(conf(config)).toContain('log-servfail: no');
  });

  it('validates, with the root key that Debian packages', () => {
    expect(conf(config)).toContain('module-config: "validator iterator"');
    expect(part.packages).toContain('dns-root-data');
  });

  it('asks over IPv6 unless the host has none', () => {
    expect(conf(config)).toContain('do-ip6: yes');
    expect(conf({ ...config, disable_ipv6: true })).toContain('do-ip6: no');
  });

  it('switches resolv.conf by a unit after unbound, and never as a managed file', () => {
    expect(part.units?.map(({ name }) => name)).toEqual([
      'unbound.service',
      'chatmail-resolver.service',
    ]);
    expect(part.files?.map(({ path }) => path)).not.toContain('/etc/resolv.conf');
    const unit = part.files?.find(({ path }) => path.endsWith('/chatmail-resolver.service'));
    expect(unit?.content).toContain('use-local-resolver _one.test');
    expect(unit?.content).toMatch(/^After=unbound\.service/m);
  });

  it('makes the script executable', () => {
    const script = part.files?.find(({ path }) => path.endsWith('/use-local-resolver'));
    expect(script?.mode).toBe(0o755);
    expect(script?.content).toMatch(/^#!\/bin\/sh\n/);
  });
});
