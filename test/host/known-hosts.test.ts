import { describe, expect, test } from 'vitest';
import { hostKeyAlgorithms } from '../../src/host/host-key-algorithms.ts';
import {
  checkHostKey,
  fingerprintOf,
  keyTypeOf,
  knownHostName,
  parseKnownHosts,
} from '../../src/host/known-hosts.ts';

const ED25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIBqLI54enDcvbQxLWyvmdMjjWQFuWHRSQhDQq0M5D6wb';
const ECDSA =
  'AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKkSHswRuxtfjlKuqiKcvO3DIxk/1T6B2ntMBOP0MuqxJk69WFcXG6RkO/9DXf9cF9KMiaidffiTZRN5n5YxcoA=';
/** Written by `ssh-keygen -H` (OpenSSH 9.2) for `chat.example` and `[chat.example]:2222`. */
const HASHED = `
|1|/WZjFtMieJaE73oASmy+ZyNLKn8=|r4kF3foUCay1pLjWSRZTcoe+ZEI= ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqLI54enDcvbQxLWyvmdMjjWQFuWHRSQhDQq0M5D6wb
|1|Gi9i1YKOaPGu9PwUeXOXaG+Sozs=|EU+KkWflMR0uzL8clFHw2/R5KAA= ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKkSHswRuxtfjlKuqiKcvO3DIxk/1T6B2ntMBOP0MuqxJk69WFcXG6RkO/9DXf9cF9KMiaidffiTZRN5n5YxcoA=
`;

const key = (text: string): Buffer => Buffer.from(text, 'base64');
/** Another ed25519 key. */
const OTHER = key(ED25519).fill(7, 20).toString('base64');

const check = (text: string, presented = ED25519, host = 'chat.example', port = 22) =>
  checkHostKey(parseKnownHosts({ path: 'kh', text }), knownHostName(host, port), key(presented));

describe('which lines speak of a host', () => {
  test.each([
    ['a plain name', `chat.example ssh-ed25519 ${ED25519}`, 'match'],
    ['one of a list', `203.0.113.7,chat.example ssh-ed25519 ${ED25519} me@home`, 'match'],
    ['upper case', `Chat.Example ssh-ed25519 ${ED25519}`, 'match'],
    ['tabs, leading space, CRLF', `  chat.example\tssh-ed25519\t${ED25519}\r\n`, 'match'],
    ['a wildcard', `*.example ssh-ed25519 ${ED25519}`, 'match'],
    ['a question mark', `cha?.example ssh-ed25519 ${ED25519}`, 'match'],
    ['a wildcard with a negation', `*.example,!chat.example ssh-ed25519 ${ED25519}`, 'unknown'],
    ['a negation alone', `!other.example ssh-ed25519 ${ED25519}`, 'unknown'],
    ['a dot is a dot', `chatxexample ssh-ed25519 ${ED25519}`, 'unknown'],
    ['another port', `[chat.example]:2222 ssh-ed25519 ${ED25519}`, 'unknown'],
    ['a comment', `# chat.example ssh-ed25519 ${ED25519}`, 'unknown'],
    ['no key', 'chat.example ssh-ed25519', 'unknown'],
    ['not base64', 'chat.example ssh-ed25519 !!!!', 'unknown'],
    ['an unknown marker', `@new chat.example ssh-ed25519 ${ED25519}`, 'unknown'],
    ['a broken hash', `|1|x ssh-ed25519 ${ED25519}`, 'unknown'],
    ['nothing', '', 'unknown'],
  ])('%s', (_name, text, kind) => expect(check(text).kind).toBe(kind));

  test('a name on another port', () => {
    const text = `[chat.example]:2222 ssh-ed25519 ${ED25519}`;
    expect(check(text, ED25519, 'chat.example', 2222).kind).toBe('match');
  });

  test('hashed names', () => {
    expect(check(HASHED).kind).toBe('match');
    expect(check(HASHED, ECDSA, 'chat.example', 2222).kind).toBe('match');
    expect(check(HASHED, ED25519, 'other.example').kind).toBe('unknown');
    expect(check(HASHED, OTHER)).toMatchObject({ kind: 'changed', known: { line: 2 } });
  });

  test('a pattern of many stars takes no time', () => {
    const text = `${'*a'.repeat(5_000)}b ssh-ed25519 ${ED25519}`;
    expect(check(text, ED25519, 'a'.repeat(250)).kind).toBe('unknown');
  });
});

describe('what is said about a key', () => {
  test('another key of the same type: changed, with file and line', () => {
    const text = `# home\nchat.example ssh-ed25519 ${OTHER}\n`;
    expect(check(text)).toMatchObject({ kind: 'changed', known: { path: 'kh', line: 2 } });
  });

  test('only keys of other types are known: changed, they were offered first', () => {
    expect(check(`chat.example ecdsa-sha2-nistp256 ${ECDSA}`).kind).toBe('changed');
  });

  test('one of several keys', () => {
    const text = `chat.example ssh-ed25519 ${OTHER}\n*.example ssh-ed25519 ${ED25519}\n`;
    expect(check(text).kind).toBe('match');
  });

  test('revoked wins over known', () => {
    const text = `chat.example ssh-ed25519 ${ED25519}\n@revoked * ssh-ed25519 ${ED25519}\n`;
    expect(check(text)).toMatchObject({ kind: 'revoked', known: { line: 2 } });
  });

  test('another key revoked does not matter', () => {
    const text = `@revoked * ssh-ed25519 ${OTHER}\nchat.example ssh-ed25519 ${ED25519}\n`;
    expect(check(text).kind).toBe('match');
  });

  test('a certificate authority is told when it is all there is', () => {
    const authority = `@cert-authority *.example ssh-ed25519 ${ED25519}\n`;
    expect(check(authority)).toMatchObject({ kind: 'unknown', certAuthority: { line: 1 } });
    expect(check(`${authority}chat.example ssh-ed25519 ${ED25519}`)).toEqual({ kind: 'match' });
  });
});

test('type and fingerprint of a key, as ssh-keygen shows them', () => {
  expect(keyTypeOf(key(ED25519))).toBe('ssh-ed25519');
  expect(keyTypeOf(key(ECDSA))).toBe('ecdsa-sha2-nistp256');
  expect(keyTypeOf(Buffer.from('x'))).toBe('');
  expect(fingerprintOf(key(ED25519))).toBe('SHA256:62d2fKlsda5jOpjQraO2EonNj/DRtdrhuPKum0cDw6g');
});

test('the types a host is known by are offered first; rsa signs with SHA-2 only', () => {
  expect(hostKeyAlgorithms(['ssh-rsa', 'ssh-dss']).slice(0, 3)).toEqual([
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ssh-ed25519',
  ]);
  expect(hostKeyAlgorithms([])).toHaveLength(6);
});
