import { describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../src/config/schema.ts';
import { nginxPart } from '../../src/relay/nginx.ts';
import { LOG_FIFO, RELOAD_AND_SEE } from '../../src/relay/paths.ts';

const selfSigned = configSchema.parse({ mail_domain: '_one.test' });
const external = configSchema.parse({
  mail_domain: 'chat.example.org',
  tls_external_cert_and_key: '/srv/tls/fullchain.pem /srv/tls/key.pem',
});

describe.each([12, 13] as const)('nginxPart on Debian %d', (debian) => {
  const fileOf = (config: Config, path: string): string =>
    String(nginxPart(config, { debian }).files?.find((file) => file.path === path)?.content);
  const conf = (config: Config): string => fileOf(config, '/etc/nginx/nginx.conf');

  it('serves the names of the relay and hangs up on others', () => {
    expect(conf(selfSigned)).toContain('server_name _one.test;');
    expect(conf(selfSigned)).toContain('server_name www._one.test;');
    expect(conf(selfSigned)).toContain('server_name mta-sts._one.test;');
    expect(conf(selfSigned)).toContain('return 444;');
  });

  it('listens on IPv6 unless the host has none', () => {
    expect(conf(selfSigned)).toContain('listen [::]:443 so_keepalive=on;');
    expect(conf({ ...selfSigned, disable_ipv6: true })).not.toContain('[::]');
  });

  it('sends who comes to 443 to the service that the client names, without its address', () => {
    expect(conf(selfSigned)).toContain('"~(^|,)imap(,|$)" 127.0.0.1:993;');
    expect(conf(selfSigned)).toContain('"~(^|,)smtp(,|$)" 127.0.0.1:465;');
    expect(conf(selfSigned)).toContain('default 127.0.0.1:8182;');
    expect(conf(selfSigned)).toContain('listen 127.0.0.1:8182 ssl default_server;');
    expect(conf(selfSigned)).not.toContain('proxy_protocol');
  });

  it('has room for all IMAP and SMTP connections through 443, within what the kernel allows', () => {
    const dropInOf = (config: Config) =>
      fileOf(config, '/etc/systemd/system/nginx.service.d/chatmail.conf');
    expect(conf(selfSigned)).toContain('worker_connections 24048;');
    expect(dropInOf(selfSigned)).toContain('LimitNOFILE=26096');
    const large = { ...selfSigned, max_imap_connections: 1_000_000 };
    expect(conf(large)).toContain('worker_connections 524288;');
  });

  it('promises HTTPS for ever only with a certificate that others trust', () => {
    expect(conf(selfSigned)).not.toContain('Strict-Transport-Security');
    expect(conf(external)).toContain('Strict-Transport-Security');
  });

  it('tells nobody who the client is', () => {
    expect(conf(selfSigned)).toContain('access_log off;');
    expect(conf(selfSigned)).toContain('proxy_pass_request_headers off;');
    // Counted, and passed on to nobody.
    expect(conf(selfSigned).replace('limit_conn_zone $binary_remote_addr', '')).not.toContain(
      'remote_addr',
    );
    expect(conf(selfSigned)).not.toContain('x_forwarded_for');
  });

  it('names the log only in the unit, so that the check opens none', () => {
    const dropIn = fileOf(selfSigned, '/etc/systemd/system/nginx.service.d/chatmail.conf');
    expect(dropIn).toContain(`error_log ${LOG_FIFO} warn;`);
    expect(conf(selfSigned)).not.toContain('error_log');
  });

  it('reloads for a new configuration, restarts for a new program', () => {
    const [unit] = nginxPart(external, { debian }).units ?? [];
    expect(unit?.reloadOn.files).toEqual(['/etc/nginx/nginx.conf']);
    expect(unit?.restartOn.packages).toEqual(['nginx', 'libnginx-mod-stream']);
  });

  it('fails a reload after which no worker with the new configuration comes up', () => {
    const dropIn = fileOf(selfSigned, '/etc/systemd/system/nginx.service.d/chatmail.conf');
    expect(dropIn).toContain(
      `ExecReload=\nExecReload=${RELOAD_AND_SEE} 'nginx: worker' /usr/sbin/nginx`,
    );
  });

  it('serves the proofs for a certificate authority, and redirects the rest of port 80', () => {
    expect(conf(selfSigned)).toContain('location ^~ /.well-known/acme-challenge/ {');
    expect(conf(selfSigned)).toContain('return 301 https://$host$request_uri;');
  });

  it('lets only the page that makes logins run a script, and only on a relay that needs it', () => {
    expect(conf(selfSigned)).toMatch(
      /index\\\.html\)\?\$" "default-src 'none';.* script-src 'self';/,
    );
    expect(conf(external)).not.toContain('script-src');
  });

  it("lets the operator's own pages load what is on the relay, and nothing from elsewhere", () => {
    const own = [{ path: '/index.html', content: Buffer.from('x') }];
    const [file] = nginxPart(external, { debian }, own).files ?? [];
    expect(file?.content).toContain(`default "default-src 'self'; base-uri 'none';`);
  });

  it('knows the languages of the pages only', () => {
    const text = conf({ ...selfSigned, languages: ['de', 'fa'] });
    expect(text).toContain('default de;');
    expect(text).toContain('(?<tag>de|fa)');
    expect(text).not.toContain('en en;');
  });

  it('checks the staged configuration', () => {
    expect(nginxPart(selfSigned, { debian }).checks?.[0]?.command).toContain(
      '{stage}/etc/nginx/nginx.conf',
    );
  });
});
