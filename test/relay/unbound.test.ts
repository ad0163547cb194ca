import { execFileSync } from 'node:child_process';
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

  const script = String(
    part.files?.find(({ path }) => path.endsWith('/use-local-resolver'))?.content,
  );

  it('forgets soon that there was no record', () => {
    expect(conf(config)).toContain('cache-max-negative-ttl: 10\n');
    expect(conf(config)).toContain('aggressive-nsec: no\n');
  });

  it('switches resolv.conf by a unit after unbound, and never as a managed file', () => {
    expect(part.units?.map(({ name }) => name)).toEqual([
      'unbound.service',
      'chatmail-resolver.service',
      'chatmail-resolver-watch.path',
    ]);
    expect(part.files?.map(({ path }) => path)).not.toContain('/etc/resolv.conf');
    const unit = part.files?.find(({ path }) => path.endsWith('/chatmail-resolver.service'));
    expect(unit?.content).toContain('use-local-resolver _one.test');
    expect(unit?.content).toMatch(/^After=unbound\.service/m);
  });

  it.each(['use-local-resolver', 'use-former-resolver'])('has %s, which sh understands', (name) => {
    const file = part.files?.find(({ path }) => path.endsWith(`/${name}`));
    expect(file?.mode).toBe(0o755);
    expect(file?.content).toMatch(/^#!\/bin\/sh\n/);
    execFileSync('sh', ['-n'], { input: String(file?.content) });
  });

  it('tells at the end of a deploy what kept the host from asking it', () => {
    const [followUp] = part.followUps ?? [];
    expect(script).toContain(`notice=${followUp?.notice}\n`);
    expect(followUp?.command).toEqual(['systemctl', 'restart', 'chatmail-resolver.service']);
  });

  it('asks for no domain where there is none', () => {
    const { files = [] } = unboundPart({ ...config, mail_domain: '192.0.2.7' }, { debian });
    const unit = files.find(({ path }) => path.endsWith('/chatmail-resolver.service'));
    expect(unit?.content).not.toContain('192.0.2.7');
  });
});
