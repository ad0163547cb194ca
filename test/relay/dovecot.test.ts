import { describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../src/config/schema.ts';
import type { Platform } from '../../src/engine/state.ts';
import { dovecotPart } from '../../src/relay/dovecot.ts';
import { RELOAD_AND_SEE } from '../../src/relay/paths.ts';

const config = (settings: Record<string, string> = {}): Config =>
  configSchema.parse({ mail_domain: 'chat.example.org', ...settings });

const fileOf = (debian: Platform['debian'], path: string, settings?: Record<string, string>) => {
  const file = dovecotPart(config(settings), { debian }).files?.find((each) => each.path === path);
  return String(file?.content);
};
const mainConf = (debian: Platform['debian'], settings?: Record<string, string>) =>
  fileOf(debian, '/etc/dovecot/dovecot.conf', settings);

/** The values that a key is given anywhere in the file, blocks included. */
const values = (conf: string, key: string): string[] =>
  [...conf.matchAll(new RegExp(`^\\s*${key} = ?(.*)$`, 'gm'))].map((match) => String(match[1]));

const SPELLING = {
  12: {
    certificate: 'ssl_cert',
    noCleartext: ['disable_plaintext_auth', 'yes'],
    mailSize: 'quota_max_mail_size',
  },
  13: {
    certificate: 'cert_file',
    noCleartext: ['auth_allow_cleartext', 'no'],
    mailSize: 'quota_mail_size',
  },
} as const;

describe.each([12, 13] as const)('dovecot.conf for Debian %s', (debian) => {
  it('takes passwords over TLS 1.3 only', () => {
    const conf = mainConf(debian);
    const [key, value] = SPELLING[debian].noCleartext;
    expect(values(conf, key)).toEqual([value]);
    expect(values(conf, 'ssl')).toContain('required');
    expect(values(conf, 'ssl_min_protocol')).toEqual(['TLSv1.3']);
    expect(values(conf, SPELLING[debian].certificate)[0]).toMatch(/chatmail\.pem$/);
  });

  it('logs no address, no client and no session id', () => {
    const conf = mainConf(debian);
    const formats = [
      'login_log_format_elements',
      'mail_log_prefix',
      'deliver_log_format',
      'imap_logout_format',
    ].flatMap((key) => values(conf, key));
    expect(formats).toHaveLength(4);
    expect(formats.join('\n')).not.toMatch(/%u|%r|%l|user|ip\b|session|msgid/i);
    expect(values(conf, 'auth_verbose')).toEqual(['no']);
    expect(values(conf, 'log_path')).toEqual(['/run/chatmail-logs/fifo']);
  });

  it('announces what clients look for', () => {
    const conf = mainConf(debian);
    expect(conf).toMatch(/XCHATMAIL/);
    expect(conf).toMatch(/XDELTAPUSH/);
    expect(values(conf, 'imap_metadata')).toEqual(['yes']);
    expect(values(conf, 'mail_server_admin')).toEqual([]);
    const answered = mainConf(debian, { privacy_mail: 'privacy@example.org' });
    expect(values(answered, 'mail_server_admin')).toEqual(['"mailto:privacy@example.org"']);
    expect(values(conf, 'imap_hibernate_timeout')).toEqual(['30s']);
  });

  it('takes no larger messages from clients than Postfix does, and from Postfix all', () => {
    const conf = mainConf(debian, { max_message_size: '1000000' });
    expect(values(conf, SPELLING[debian].mailSize)).toEqual(['1000000B']);
    const imap = /^protocol imap \{\n(?: .*\n)*\}/m.exec(conf)?.[0];
    expect(imap).toContain(SPELLING[debian].mailSize);
  });

  it('gives Postfix its two sockets, and nobody else', () => {
    const conf = mainConf(debian);
    expect(conf).toMatch(
      /unix_listener \/var\/spool\/postfix\/private\/dovecot-lmtp \{\s+mode = 0600\s+user = postfix\s+group = postfix/,
    );
    expect(conf).toMatch(
      /unix_listener \/var\/spool\/postfix\/private\/auth \{\s+mode = 0660\s+user = postfix\s+group = postfix/,
    );
  });

  it('delivers without trace and subaddresses', () => {
    const conf = mainConf(debian);
    expect(values(conf, 'lmtp_add_received_header')).toEqual(['no']);
    expect(values(conf, 'recipient_delimiter')).toEqual(['']);
  });

  it('has room for every connection the operator allows', () => {
    const conf = mainConf(debian, { max_imap_connections: '25000' });
    const login = /service imap-login \{[\s\S]*?\n\}/.exec(conf)?.[0] ?? '';
    const processes = Number(values(login, 'process_limit')[0]);
    expect(processes * Number(values(login, 'client_limit')[0])).toBeGreaterThanOrEqual(25_000);
    const dropIn = fileOf(debian, '/etc/systemd/system/dovecot.service.d/chatmail.conf', {
      max_imap_connections: '25000',
    });
    expect(Number(/LimitNOFILE=(\d+)/.exec(dropIn)?.[1])).toBeGreaterThanOrEqual(100_000);
  });

  it.each([
    ['imap_rawlog', /rawlog_dir/],
    ['disable_ipv6', /^listen = \*$/m],
  ])('%s is off by default and can be had', (key, trace) => {
    expect(mainConf(debian)).not.toMatch(trace);
    expect(mainConf(debian, { [key]: 'true' })).toMatch(trace);
  });

  it('limits mailboxes in bytes', () => {
    expect(mainConf(debian, { max_mailbox_size: '1G' })).toMatch(/storage(_size)? ?= ?1073741824B/);
  });

  it('asks for accounts of its domain only', () => {
    const lua = fileOf(debian, '/etc/dovecot/auth.lua');
    expect(lua).toContain('local MAIL_DOMAIN = "chat.example.org"');
    expect(lua).toContain('local CREATE_URL = "http://127.0.0.1:8181/create"');
    expect(lua).toContain(debian === 12 ? 'max_attempts = 1' : 'request_max_attempts = 1');
  });
});

describe('imap_compress', () => {
  it('is a plugin in 2.3', () => {
    expect(mainConf(12)).not.toContain('imap_zlib');
    expect(mainConf(12, { imap_compress: 'true' })).toContain('imap_quota imap_zlib');
  });

  it('is built into 2.4, and taken away by default', () => {
    expect(mainConf(13)).toContain('"COMPRESS=DEFLATE" = no');
    expect(mainConf(13, { imap_compress: 'true' })).not.toContain('COMPRESS');
  });
});

describe('dovecotPart', () => {
  it('reloads for configuration and certificates, restarts for packages only', () => {
    const unit = dovecotPart(config(), { debian: 13 }).units?.[0];
    expect(unit?.reloadOn.files).toContain('/etc/dovecot/dovecot.conf');
    expect(unit?.reloadOn.files).toContain('/etc/dovecot/auth.lua');
    expect(unit?.restartOn.packages).toContain('dovecot-auth-lua');
  });

  it('fails a reload after which no log process with the new configuration comes up', () => {
    const dropIn = fileOf(13, '/etc/systemd/system/dovecot.service.d/chatmail.conf');
    expect(dropIn).toContain(`ExecReload=\nExecReload=${RELOAD_AND_SEE} dovecot/log `);
  });
});
