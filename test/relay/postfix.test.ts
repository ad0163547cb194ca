import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import type { Platform } from '../../src/engine/state.ts';
import { postfixPart } from '../../src/relay/postfix.ts';

const DEBIAN_12: Platform = { debian: 12 };
const DEBIAN_13: Platform = { debian: 13 };

const partOf = (settings: Record<string, string> = {}, platform = DEBIAN_13) =>
  postfixPart(configSchema.parse({ mail_domain: '_a.test', ...settings }), platform);

const fileOf = (part: ReturnType<typeof partOf>, path: string): string => {
  const file = part.files?.find((candidate) => candidate.path === path);
  if (!file) throw new Error(`the part has no ${path}`);
  return String(file.content);
};

/** main.cf as Postfix reads it. */
const mainCf = (part = partOf()): Map<string, string> =>
  new Map(
    fileOf(part, '/etc/postfix/main.cf')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const [name = '', ...value] = line.split('=');
        return [name.trim(), value.join('=').trim()];
      }),
  );

interface Service {
  readonly maxproc: string;
  readonly command: string;
  readonly options: readonly string[];
}

/** master.cf: services by name and type. */
const masterCf = (part = partOf()): Map<string, Service> => {
  const logical = fileOf(part, '/etc/postfix/master.cf')
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replace(/\n\s+/g, ' ')
    .split('\n');
  return new Map(
    logical.map((line) => {
      const [name, type, , , , , maxproc = '', command = '', ...rest] = line.split(/\s+/);
      return [`${name}/${type}`, { maxproc, command, options: rest.filter((o) => o !== '-o') }];
    }),
  );
};

describe('main.cf', () => {
  it('takes mail for the mail domain only and gives all of it to Dovecot', () => {
    const settings = mainCf();
    expect(settings.get('virtual_mailbox_domains')).toBe('_a.test');
    expect(settings.get('virtual_transport')).toBe('lmtp:unix:private/dovecot-lmtp');
    expect(settings.get('smtpd_relay_restrictions')).toBe('reject_unauth_destination');
    for (const empty of ['mydestination', 'mynetworks', 'alias_maps', 'authorized_submit_users'])
      expect(settings.get(empty)).toBe('');
  });

  it('wants TLS of everybody, and verified certificates of other servers', () => {
    const settings = mainCf();
    expect(settings.get('smtpd_tls_security_level')).toBe('encrypt');
    expect(settings.get('smtpd_tls_mandatory_protocols')).toBe('>=TLSv1.2');
    expect(settings.get('smtp_tls_security_level')).toBe('verify');
    expect(settings.get('smtp_tls_mandatory_protocols')).toBe('>=TLSv1.2');
  });

  it('lets nothing through while a milter is away, and signs bounces', () => {
    const settings = mainCf();
    expect(settings.get('milter_default_action')).toBe('tempfail');
    expect(settings.get('smtpd_milters')).toBe('unix:/run/chatmail-filter/incoming.sock');
    expect(settings.get('non_smtpd_milters')).toBe('unix:/run/opendkim/opendkim.sock');
    expect(settings.get('internal_mail_filter_classes')).toBe('bounce');
    expect(settings.get('milter_macro_daemon_name')).toBe('ORIGINATING');
    expect(settings.get('milter_mail_macros')).toContain('{auth_authen}');
  });

  it('protects against SMTP smuggling, which Debian 12 does not by default', () => {
    const settings = mainCf();
    expect(settings.get('smtpd_forbid_bare_newline')).toBe('reject');
    expect(settings.get('smtpd_forbid_bare_newline_exclusions')).toBe('');
    expect(settings.get('smtpd_forbid_unauth_pipelining')).toBe('yes');
  });

  it('logs to the pipe, and no names of clients', () => {
    const settings = mainCf();
    const fifo = settings.get('maillog_file') ?? '';
    expect(fifo).toBe('/run/chatmail-logs/fifo');
    expect(fifo.startsWith(settings.get('maillog_file_prefixes') ?? '-')).toBe(true);
    expect(settings.get('smtpd_peername_lookup')).toBe('no');
  });

  it('follows chatmail.ini', () => {
    const settings = mainCf(
      partOf({
        max_message_size: '1000000',
        disable_ipv6: 'true',
        tls_external_cert_and_key: '/etc/c.pem /etc/k.pem',
      }),
    );
    expect(settings.get('message_size_limit')).toBe('1000000');
    expect(settings.get('inet_protocols')).toBe('ipv4');
    expect(settings.get('smtpd_tls_cert_file')).toBe('/etc/c.pem');
    expect(settings.get('smtpd_tls_key_file')).toBe('/etc/k.pem');
    expect(mainCf().get('inet_protocols')).toBe('all');
  });
});

describe('master.cf', () => {
  it('listens on 25, 465 and 587 with as many processes as connections are allowed', () => {
    const services = masterCf(partOf({ max_smtp_connections: '123' }));
    const listening = [...services].filter(([name]) => name.endsWith('/inet'));
    expect(listening.map(([name]) => name)).toEqual([
      'smtp/inet',
      '127.0.0.1:8183/inet',
      'submissions/inet',
      'submission/inet',
    ]);
    for (const [, { maxproc, command }] of listening) {
      expect(maxproc).toBe('123');
      expect(command).toBe('smtpd');
    }
  });

  it.each(['submissions', 'submission'])('lets only those who logged in use %s', (name) => {
    const options = masterCf().get(`${name}/inet`)?.options;
    expect(options).toContain('smtpd_tls_mandatory_protocols=>=TLSv1.3');
    expect(options).toContain('smtpd_sasl_auth_enable=yes');
    expect(options).toContain('smtpd_client_restrictions=permit_sasl_authenticated,reject');
    expect(options).toContain('smtpd_relay_restrictions=permit_sasl_authenticated,reject');
    expect(options).toContain('smtpd_sender_restrictions=reject_sender_login_mismatch');
  });

  it('filters first and signs what the filter leaves', () => {
    expect(masterCf().get('submission/inet')?.options).toContain(
      'smtpd_milters=unix:/run/chatmail-filter/outgoing.sock,unix:/run/opendkim/opendkim.sock',
    );
  });

  it('begins with TLS on 465 and offers STARTTLS on 587', () => {
    const services = masterCf();
    expect(services.get('submissions/inet')?.options).toContain('smtpd_tls_wrappermode=yes');
    expect(services.get('submission/inet')?.options).toContain('smtpd_tls_wrappermode=no');
  });

  it('gives submission a cleanup that hides the client, and names it', () => {
    const services = masterCf();
    expect(services.get('submission/inet')?.options).toContain(
      'cleanup_service_name=submission-cleanup',
    );
    expect(services.get('submission-cleanup/unix')?.options).toContain(
      'header_checks=regexp:/etc/postfix/submission_header_checks',
    );
    expect(services.get('cleanup/unix')?.options).toEqual(['message_size_limit=0']);
  });
});

describe('the queue', () => {
  it('gives up after two days, on messages and on bounces', () => {
    const main = fileOf(partOf(), '/etc/postfix/main.cf');
    expect(main).toMatch(/^maximal_queue_lifetime = 2d$/m);
    expect(main).toMatch(/^bounce_queue_lifetime = 2d$/m);
  });
});

describe('the tables', () => {
  /** The first rule of a regexp table that fits, as Postfix looks it up: ignoring case. */
  const lookUp = (table: string, key: string): string | undefined => {
    const rules = fileOf(partOf(), `/etc/postfix/${table}`)
      .split('\n')
      .flatMap((line) => /^\/(.*)\/\s+(.*)$/.exec(line) ?? [])
      .flatMap((_, index, all) => (index % 3 === 0 ? [all.slice(index + 1, index + 3)] : []));
    const hit = rules.find(([pattern = '']) =>
      new RegExp(pattern.replaceAll('[[:space:]]', '\\s'), 'is').test(key),
    );
    return hit?.[1];
  };

  it('asks no certificate of domains that cannot have one', () => {
    expect(lookUp('tls_policy', '_b.test')).toBe('encrypt');
    expect(lookUp('tls_policy', '[1.2.3.4]')).toBe('encrypt');
    expect(lookUp('tls_policy', '[ipv6:2001:db8::1]')).toBe('encrypt');
    expect(lookUp('tls_policy', 'nauta.cu')).toBe('may');
  });

  it('asks one of every other domain', () => {
    for (const domain of ['b.test', 'x._b.test', 'nauta.cu.test', 'xnauta.cu', '[mx.b.test]'])
      expect(lookUp('tls_policy', domain)).toBeUndefined();
  });

  it('ends what is sent to the roles of the domain, and no other mail', () => {
    expect(lookUp('transport', 'MAILER-DAEMON@_a.test')).toMatch(/^discard:/);
    expect(lookUp('transport', 'postmaster@_a.test')).toMatch(/^discard:/);
    // Not what peers_result_format says: that of main.cf.
    for (const address of ['xpostmaster@_a.test', 'bob@_a.test'])
      expect(lookUp('transport', address)).toBe(':');
    for (const address of ['postmaster@_axtest', 'bob@b._a.test', '_a.test'])
      expect(lookUp('transport', address)).toBeUndefined();
  });

  it('leaves only the date of the Received: of a submission', () => {
    const received =
      'Received: from [10.1.2.3] (unknown [1.2.3.4])\n\tby _a.test (Postfix) with ESMTPSA id X;\n\tSun, 22 Nov 2026 18:48:06 +0000 (UTC)';
    expect(lookUp('submission_header_checks', received)).toBe('REPLACE Received: by _a.test; $1');
    expect(lookUp('submission_header_checks', 'X-Received: a; b')).toBeUndefined();
  });
});

describe('the units', () => {
  it('are those of the release', () => {
    expect(partOf({}, DEBIAN_12).units?.map(({ name }) => name)).toEqual(['postfix@-.service']);
    expect(partOf({}, DEBIAN_13).units?.map(({ name }) => name)).toEqual(['postfix.service']);
    expect(
      fileOf(partOf({}, DEBIAN_12), '/etc/systemd/system/postfix@-.service.d/chatmail.conf'),
    ).toBe(fileOf(partOf({}, DEBIAN_13), '/etc/systemd/system/postfix.service.d/chatmail.conf'));
  });

  it('reload for a new setting or certificate, restart for a new program or IP version', () => {
    const part = partOf();
    const unit = part.units?.[0];
    expect(unit?.reloadOn.files).toContain('/etc/postfix/main.cf');
    expect(unit?.reloadOn.files).toContain('/etc/postfix/tls_policy');
    expect(unit?.restartOn.packages).toContain('postfix');
    const dropIn = unit?.restartOn.files[0] ?? '';
    expect(fileOf(part, dropIn)).not.toBe(fileOf(partOf({ disable_ipv6: 'true' }), dropIn));
  });
});
