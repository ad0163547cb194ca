import { describe, expect, test } from 'vitest';
import type { AskCleartext } from '../../../src/chatmaild/filter/accounts-client.ts';
import { IncomingFilter } from '../../../src/chatmaild/filter/incoming.ts';
import type { Verdict } from '../../../src/chatmaild/milter/session.ts';
import { CLEARTEXT, CLIENT, ENCRYPTED, REPORT, VC_REQUEST } from './messages.ts';
import { splitMessage } from './split-message.ts';

let log: string[] = [];
let asked: (readonly string[])[] = [];

/** From an IP literal, so that DKIM, which has tests of its own, is not asked for. */
const unsigned = (message: string): string => message.replaceAll('@_x.test', '@[192.0.2.1]');

const receive = async (
  message: string,
  options: { sender?: string; cleartext?: boolean | 'unreachable'; dns?: 'later' } = {},
): Promise<Verdict> => {
  log = [];
  asked = [];
  const askCleartext: AskCleartext = async (addresses) => {
    asked.push(addresses);
    return options.cleartext ?? false;
  };
  const filter = new IncomingFilter({
    lookup: async () => (options.dns ? { kind: 'later' } : { kind: 'records', records: [] }),
    askCleartext,
    now: () => 1_700_000_000,
    log: (line) => log.push(line),
  });
  filter.mail({ address: options.sender ?? 'b@[192.0.2.1]', login: undefined });
  filter.rcpt('c@chat.example');
  filter.rcpt('d@chat.example');
  const { fields, body } = splitMessage(message);
  for (const { name, value } of fields) filter.header(name, value);
  filter.endOfHeaders();
  filter.body(body);
  return filter.endOfMessage('4Qabc');
};

const accepted = { kind: 'accept', changes: [] };
const refused = (reply: string) => ({ kind: 'refuse', reply });
const NOT_ENCRYPTED = refused('523 5.7.1 Encryption Needed: Invalid Unencrypted Mail');
const FROM_INVALID = refused('554 5.7.1 From must hold exactly one address');

describe('incoming mail', () => {
  test.each<[string, string, object]>([
    ['encrypted', ENCRYPTED, accepted],
    ['SecureJoin request', VC_REQUEST, accepted],
    [
      'version in the armor',
      ENCRYPTED.replace('MESSAGE-----\r\n', 'MESSAGE-----\r\nVersion: X\r\n'),
      accepted,
    ],
    ['bounce', REPORT, accepted],
    ['report of a person', REPORT.replace('MAILER-DAEMON', 'ann'), NOT_ENCRYPTED],
    ['report sent by hand', REPORT.replace('auto-replied', 'no'), NOT_ENCRYPTED],
    [
      'bounce of another type',
      REPORT.replace('multipart/report', 'multipart/mixed'),
      NOT_ENCRYPTED,
    ],
    ['cleartext', CLEARTEXT, NOT_ENCRYPTED],
    ['no From', CLEARTEXT.replace('From:', 'X:'), FROM_INVALID],
    ['two From', `From: <x@_x.test>\r\n${ENCRYPTED}`, FROM_INVALID],
    ['two addresses', ENCRYPTED.replace(`<${CLIENT}>`, `<${CLIENT}>, <x@y>`), FROM_INVALID],
  ])('%s', async (_name, message, verdict) => {
    expect(await receive(unsigned(message))).toEqual(verdict);
    expect(log.length).toBe(verdict === accepted ? 0 : 1);
    expect(log.join()).not.toMatch(/@|192\.0/);
  });

  test('in cleartext is taken when all recipients want it', async () => {
    expect(await receive(unsigned(CLEARTEXT), { cleartext: true })).toEqual(accepted);
    expect(asked).toEqual([['c@chat.example', 'd@chat.example']]);
  });

  test('in cleartext waits while nobody can tell what the recipients want', async () => {
    expect(await receive(unsigned(CLEARTEXT), { cleartext: 'unreachable' })).toEqual(
      refused('451 4.3.0 Temporary problem of the server, try again later'),
    );
  });

  test('that is encrypted asks nobody', async () => {
    expect(await receive(unsigned(ENCRYPTED), { cleartext: 'unreachable' })).toEqual(accepted);
    expect(asked).toEqual([]);
  });

  test.each([
    ['b@[192.0.2.1]', []],
    ['other@[192.0.2.1]', []],
    ['', []],
    ['b@other.example', [{ kind: 'changeFrom', address: '' }]],
    ['b@sub.[192.0.2.1]', [{ kind: 'changeFrom', address: '' }]],
    ['postmaster', [{ kind: 'changeFrom', address: '' }]],
  ])('of the envelope sender %j', async (sender, changes) => {
    expect(await receive(unsigned(ENCRYPTED), { sender })).toEqual({ kind: 'accept', changes });
  });

  test('loses the traces of its way', async () => {
    const trace = ['Received: 1', 'DKIM-Signature: x', 'Authentication-Results: x', 'Received: 2'];
    const names = ['Received', 'Authentication-Results', 'DKIM-Signature', 'Received'];
    expect(await receive(`${trace.join('\r\n')}\r\n${unsigned(ENCRYPTED)}`)).toEqual({
      kind: 'accept',
      changes: names.map((name, i) => {
        return { kind: 'changeHeader', name, index: i === 0 ? 2 : 1, value: '' };
      }),
    });
  });

  test.each<[string, string, 'later' | undefined, string]>([
    ['none', '', undefined, '554 5.7.1 No DKIM signature found'],
    ['of another', 'd=y.test', undefined, '554 5.7.1 No DKIM signature found'],
    ['broken', 'd=_x.test', undefined, '554 5.7.1 No valid DKIM signature found'],
    [
      'unknown for now',
      'v=1; a=rsa-sha256; d=_x.test; s=s; h=from; bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=; b=AAAA',
      'later',
      '451 4.7.1 DKIM key cannot be looked up at the moment, try again later',
    ],
  ])('with a DKIM signature %s', async (_name, signature, dns, reply) => {
    const message = `${signature === '' ? '' : `DKIM-Signature: ${signature}\r\n`}From: <${CLIENT}>\r\n\r\n`;
    const verdict = await receive(message, { ...(dns ? { dns } : {}), cleartext: true });
    expect(verdict).toEqual(refused(reply));
    expect(asked).toEqual([]);
  });
});
