import { expect, test } from 'vitest';
import { createLineRedactor, REDACTED, redact, registerSecret } from '../../src/host/redact.ts';

const PEM = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIKeyKeyKey
-----END EC PRIVATE KEY-----`;

test.each([
  ['a private key', `before\n${PEM}\nafter`, `before\n${REDACTED}\nafter`],
  ['a key that is cut off', PEM.slice(0, 50), REDACTED],
  ['a setting', 'user = joe\npassword = open sesame\n', `user = joe\npassword = ${REDACTED}\n`],
  ['a setting with a longer name', 'static-auth-secret=abc', `static-auth-secret=${REDACTED}`],
  ['YAML', '  - id: k\n    secret: a2V5', `  - id: k\n    secret: ${REDACTED}`],
  ['JSON', '{"ok":true,"password":"a\\"b","n":1}', `{"ok":true,"password":"${REDACTED}","n":1}`],
  ['an option', 'tool --password sesame -v', `tool --password ${REDACTED} -v`],
  ['a login link', 'dclogin:a@b.c/?v=1&p=abc%20&x=2', `dclogin:a@b.c/?v=1&p=${REDACTED}&x=2`],
  ['a URL', 'https://joe:sesame@proxy.example/x', `https://joe:${REDACTED}@proxy.example/x`],
  ['a hash', 'a@b.c:{SHA512-CRYPT}$6$salt$hash/hash', `a@b.c:{SHA512-CRYPT}${REDACTED}`],
  ['BIND', 'key "k" { secret "c2VjcmV0"; };', `key "k" { secret "${REDACTED}"; };`],
  ['knsupdate', 'hmac-sha256:k.example:c2VjcmV0==', `hmac-sha256:k.example:${REDACTED}`],
  ['HTTP', 'Authorization: Bearer abc.def', `Authorization: Bearer ${REDACTED}`],
])('%s', (_name, text, expected) => {
  expect(redact(text)).toBe(expected);
});

test.each([
  'password_min_length = 9',
  'smtpd_tls_key_file = /etc/ssl/private/chatmail.pem',
  'if password == nil then',
  '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  'install postfix dovecot-imapd=1:2.3.19',
  'https://chat.example/new?p=1',
  '{STAGE}/.$name.new',
])('%s stays', (text) => {
  expect(redact(text)).toBe(text);
});

test('what is known to be a secret goes wherever it stands', () => {
  registerSecret('zyxwvut');
  registerSecret('key');
  expect(redact('the key is zyxwvut.')).toBe(`the key is ${REDACTED}.`);
});

test('a private key that comes line by line', () => {
  const line = createLineRedactor();
  expect(['first', ...PEM.split('\n'), 'last'].map(line)).toEqual([
    'first',
    ...PEM.split('\n').map(() => REDACTED),
    'last',
  ]);
});

test('long text without end is looked through in time', () => {
  const long = `${'a'.repeat(500_000)} ${'x:y@'.repeat(50_000)} ${'$6$'.repeat(50_000)}`;
  expect(redact(long).length).toBeGreaterThan(500_000);
});
