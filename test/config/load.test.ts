import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfigFile, parseConfig } from '../../src/config/load.ts';

const problemsOf = (text: string): string[] => {
  try {
    parseConfig(text, 'chatmail.ini');
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
};

const params = (...lines: string[]): string => ['[params]', ...lines].join('\n');
const DOMAIN = 'mail_domain = chat.example.org';

describe('parseConfig', () => {
  it('gives every key its default', () => {
    const { config, warnings } = parseConfig(params(DOMAIN), 'x');
    expect(config).toMatchObject({
      mail_domain: 'chat.example.org',
      max_user_send_per_minute: 60,
      max_mailbox_size: 500 * 1024 * 1024,
      max_message_size: 31_457_280,
      min_free_disk_space: 1024 ** 3,
      username_min_length: 9,
      disable_ipv6: false,
    });
    expect(config.acme_email).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('reads what the upstream relay writes: colons, comments, empty values, wrapped text', () => {
    const text = [
      '# a comment',
      '[params]',
      'mail_domain: Chat.Example.ORG',
      '; another',
      'acme_email =',
      'disable_ipv6 = True',
      'max_load_1m = 2.5',
      'privacy_postal =',
      '  Some Street 1,',
      '  Town',
    ].join('\r\n');
    const { config } = parseConfig(text, 'x');
    expect(config.mail_domain).toBe('chat.example.org');
    expect(config.acme_email).toBeUndefined();
    expect(config.disable_ipv6).toBe(true);
    expect(config.max_load_1m).toBe(2.5);
    expect(config.privacy_postal).toBe('Some Street 1, Town');
  });

  it('warns about keys that upstream has dropped', () => {
    const { warnings } = parseConfig(params(DOMAIN, 'passthrough_senders = a@b.c'), 'chatmail.ini');
    expect(warnings).toEqual([
      'chatmail.ini:3: passthrough_senders no longer exists and is ignored; remove the line',
    ]);
  });

  it('reports every mistake at once, by line', () => {
    const text = params(
      'mail_domian = chat.example.org',
      'max_mailbox_size = 5X',
      'privacy_postal = a {{b}}',
      'max_load_1m = 1',
      '  and more',
      'nonsense',
      'disable_ipv6 = perhaps',
      'max_smtp_connections = 0',
    );
    expect(problemsOf(text)).toEqual([
      'chatmail.ini:1: mail_domain is missing; add a line: mail_domain = ...',
      'chatmail.ini:2: unknown key "mail_domian"; did you mean mail_domain?',
      'chatmail.ini:3: max_mailbox_size must be a size: a number of bytes, or one with K, M, G or T, like 500M',
      'chatmail.ini:4: privacy_postal must not hold control characters, "{{" or "}}"',
      'chatmail.ini:5: max_load_1m must be on one line; the line below it is indented',
      'chatmail.ini:5: max_load_1m must be a number like 5 or 2.5',
      'chatmail.ini:7: is not of the form "key = value"',
      'chatmail.ini:8: disable_ipv6 must be true or false',
      'chatmail.ini:9: max_smtp_connections must be between 1 and 100000',
    ]);
  });

  it.each([
    [
      'a control character',
      params(DOMAIN, 'www_folder = a\u001bb'),
      /:3: www_folder must not hold/,
    ],
    ['a key set twice', params(DOMAIN, DOMAIN), /:3: mail_domain is set twice; .* line 2 already/],
    ['no section', DOMAIN, /:1: mail_domain stands before the section header \[params\]/],
    ['another section', `${params(DOMAIN)}\n[other]`, /:3: unknown section \[other\]/],
    ['an unknown key', params(DOMAIN, 'zzzzzz = 1'), /:3: unknown key "zzzzzz"; remove the line/],
    ['a prototype name', params(DOMAIN, '__proto__ = 1'), /:3: unknown key "__proto__"/],
    [
      'one path of two',
      params(DOMAIN, 'tls_external_cert_and_key = /a'),
      /:3: .* two absolute paths/,
    ],
    ['no address', params(DOMAIN, 'mtail_address = localhost'), /:3: mtail_address must be an IP/],
    [
      'lengths crossed',
      params(DOMAIN, 'username_min_length = 10'),
      /must not be above username_max/,
    ],
    ['a huge file', `[params]\n${'#'.repeat(2 ** 21)}`, /larger than 1 MiB/],
  ])('refuses %s', (_, text, message) => {
    expect(problemsOf(text).join('\n')).toMatch(message);
  });

  it.each([
    ['', 'is empty'],
    ['https://chat.example.org', 'is not a domain'],
    ['me@example.org', 'give only the part behind the @'],
    ['localhost', 'has no dot'],
    ['chat.example.org.', 'must not end with a dot'],
    ['192.0.2.300', 'is neither a domain nor an IP address'],
    ['fe80::1%eth0', 'is not a domain'],
    ['b\u00fccher.example', 'outside ASCII'],
    ['a..b', 'bad label ""'],
    ['-a.example', 'bad label "-a"'],
    ['a._b.example', 'bad label "_b"'],
    [`${'a'.repeat(64)}.example`, 'bad label'],
    [`${'a.'.repeat(130)}example`, 'longer than 253'],
  ])('refuses the domain %j', (domain, message) => {
    expect(problemsOf(params(`mail_domain = ${domain}`)).join('\n')).toContain(message);
  });

  it('names a file that is not there', () => {
    expect(() => loadConfigFile('/nonexistent/chatmail.ini')).toThrow(
      '/nonexistent/chatmail.ini: no such file; make one with: cmdeploy init DOMAIN',
    );
  });
});
