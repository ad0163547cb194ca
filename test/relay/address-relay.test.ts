import { describe, expect, it, vi } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { combine } from '../../src/engine/combine.ts';
import { relayParts } from '../../src/relay/relay.ts';

// The bundles are made by the build, which unit tests do not need.
vi.mock('../../src/relay/bundles.ts', () => ({ readBundle: () => '' }));

describe.each([
  ['192.0.2.7', '[192.0.2.7]', '192.0.2.7'],
  ['2001:db8::7', '[ipv6:2001:db8::7]', '[2001:db8::7]'],
])('a relay at %s', (address, literal, inUrl) => {
  const config = configSchema.parse({ mail_domain: address });
  const state = combine(relayParts(config, { debian: 13 }));
  const file = (path: string): string =>
    String(state.files.find((candidate) => candidate.path === path)?.content);

  it('signs nothing, since there is no domain whose key could prove it', () => {
    expect(state.packages).not.toContain('opendkim');
    expect(file('/etc/postfix/master.cf')).not.toContain('opendkim');
    expect(file('/etc/postfix/main.cf')).toMatch(/^non_smtpd_milters = $/m);
  });

  it('takes mail for the literal, behind a router too', () => {
    const main = file('/etc/postfix/main.cf');
    expect(main).toContain(`proxy_interfaces = ${address}\n`);
    expect(main).toMatch(/^local_transport = lmtp:/m);
    expect(main).toContain(`myorigin = ${literal}\n`);
    expect(main).toMatch(/^myhostname = ip-[0-9a-f-]+\.invalid$/m);
    expect(file('/etc/dovecot/auth.lua')).toContain(`local MAIL_DOMAIN = "${literal}"`);
    expect(file('/etc/dovecot/dovecot.conf')).toMatch(/^auth_username_chars = .*\[\]:$/m);
  });

  it('is one site without subdomains', () => {
    const nginx = file('/etc/nginx/nginx.conf');
    expect(nginx).toContain(`server_name ${inUrl};`);
    expect(nginx).not.toContain('mta-sts');
    expect(file('/var/www/chatmail/en/index.html')).toContain(`<title>${inUrl}</title>`);
  });

  it('has a certificate for the address', () => {
    const command = state.generated.flatMap(({ commands }) => commands).flat();
    expect(command).toContain(`subjectAltName=IP:${address}`);
  });
});
