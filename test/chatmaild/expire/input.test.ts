import { describe, expect, it } from 'vitest';
import { parseExpireArguments } from '../../../src/chatmaild/expire/arguments.ts';
import { parseConnected } from '../../../src/chatmaild/expire/connected.ts';
import { readRequest, warningArgument } from '../../../src/chatmaild/expire/warning.ts';

describe('parseConnected', () => {
  it('reads what doveadm of Dovecot 2.3 prints', () => {
    const output = 'username\tproto\na@_r.test\timap\nb@_r.test\tlmtp\n';
    expect(parseConnected(output)).toEqual(new Set(['a@_r.test']));
  });
  it('reads what doveadm of Dovecot 2.4 prints', () => {
    const output = 'username\tservice\na@_r.test\timap-hibernate\na@_r.test\timap\n';
    expect(parseConnected(output)).toEqual(new Set(['a@_r.test']));
  });
  it('tells nobody from no answer', () => {
    expect(parseConnected('username\tproto\n')).toEqual(new Set());
    expect(parseConnected('')).toBeUndefined();
    expect(parseConnected('Error: no\n')).toBeUndefined();
  });
});

describe('warningArgument', () => {
  it('reads what Dovecot sends', () => {
    const request = 'VERSION\tscript\t4\t0\nnoreply\nabcdefgh1@_r12.test\n\n';
    expect(warningArgument(request)).toBe('abcdefgh1@_r12.test');
  });
  it.each([
    '',
    'a@_r.test\n\n',
    'VERSION\tscript\t4\t0\nnoreply\na@_r.test',
    `VERSION\tscript\t4\t0\n${'x'.repeat(1000)}\n\n`,
  ])('refuses %j', (request) => {
    expect(warningArgument(request)).toBeUndefined();
  });
  it('stops reading at the end, and when there is too much', async () => {
    const endless = async function* () {
      for (;;) yield Buffer.from('xxxxxxxxxx');
    };
    expect((await readRequest(endless())).length).toBeLessThan(1100);
    const early = async function* () {
      yield Buffer.from('one\n');
      yield Buffer.from('\ntwo');
      throw new Error('was read on');
    };
    expect(await readRequest(early())).toBe('one\n\ntwo');
  });
});

describe('parseExpireArguments', () => {
  it('has defaults for a person who wants to look', () => {
    expect(parseExpireArguments(['--dry-run'])).toEqual({
      config: '/etc/chatmail/chatmail.ini',
      mailDir: '/home/vmail/mail',
      dryRun: true,
      connected: undefined,
      quotaWarning: false,
    });
  });
  it.each([[['a', 'b']], [['--dry-run', '--quota-warning']], [['--dryrun']]])(
    'refuses %j',
    (argv) => {
      expect(() => parseExpireArguments(argv)).toThrow();
    },
  );
});
