import { describe, expect, test } from 'vitest';
import { OutgoingFilter } from '../../../src/chatmaild/filter/outgoing.ts';
import { SendRates } from '../../../src/chatmaild/filter/send-rate.ts';
import type { Verdict } from '../../../src/chatmaild/milter/session.ts';
import { CLEARTEXT, CLIENT, ENCRYPTED, REPORT, VC_REQUEST } from './messages.ts';
import { splitMessage } from './split-message.ts';

let log: string[] = [];

const submit = async (
  message: string,
  sender: { address: string; login: string | undefined } = { address: CLIENT, login: CLIENT },
): Promise<Verdict> => {
  log = [];
  const filter = new OutgoingFilter({
    rates: new SendRates({ perMinute: 60, burst: 10 }),
    now: () => 0,
    log: (line) => log.push(line),
  });
  const refusal = filter.mail(sender);
  if (refusal) return { kind: 'refuse', reply: refusal };
  const { fields, body } = splitMessage(message);
  for (const { name, value } of fields) filter.header(name, value);
  filter.endOfHeaders();
  for (let i = 0; i < body.length; i += 1000) filter.body(body.subarray(i, i + 1000));
  return filter.endOfMessage('4Qabc');
};

const ADDRESS_REPLY = '553 5.7.1 Envelope sender must be the address you are logged in as';
const FROM_REPLY = '500 5.7.1 From must hold the address you are logged in as, and no other';
const CLEARTEXT_REPLY = '523 5.7.1 Encryption Needed: Invalid Unencrypted Mail';

const subject = (index: number, value = ' [...]') =>
  ({ kind: 'changeHeader', name: 'Subject', index, value }) as const;
const removed = (name: string, index: number) =>
  ({ kind: 'changeHeader', name, index, value: '' }) as const;

describe('outgoing mail of Delta Chat', () => {
  test('is taken', async () => {
    expect(await submit(ENCRYPTED)).toEqual({ kind: 'accept', changes: [subject(1)] });
    expect(await submit(VC_REQUEST)).toEqual({ kind: 'accept', changes: [subject(1)] });
    expect(await submit(VC_REQUEST.replaceAll('vc-request', 'vg-request'))).toMatchObject({
      kind: 'accept',
    });
    expect(log).toEqual([]);
  });

  test('loses what tells of the client', async () => {
    const header = [
      'Received: from laptop',
      'User-Agent: x',
      'RECEIVED: from home',
      'X-Mailer: x',
      'X-Originating-IP: [192.0.2.1]',
      'Subject: one',
    ];
    expect(await submit(`${header.join('\r\n')}\r\n${ENCRYPTED}`)).toEqual({
      kind: 'accept',
      changes: [
        removed('X-Originating-IP', 1),
        removed('X-Mailer', 1),
        removed('RECEIVED', 2),
        removed('User-Agent', 1),
        removed('Received', 1),
        subject(2, ''),
        subject(1),
      ],
    });
  });

  test('gets a subject when it has none', async () => {
    expect(await submit(ENCRYPTED.replace('Subject: [...]\r\n', ''))).toEqual({
      kind: 'accept',
      changes: [{ kind: 'insertHeader', name: 'Subject', value: ' [...]' }],
    });
  });
});

describe('the sender', () => {
  test.each<[string, string, string | undefined, boolean]>([
    ['is the login', CLIENT, CLIENT, true],
    ['in capitals is the login', CLIENT.toUpperCase(), CLIENT, true],
    ['is somebody else', 'x@_x.test', CLIENT, false],
    ['is of another domain', 'blice1234@_y.test', CLIENT, false],
    ['is empty', '', CLIENT, false],
    ['is no address', 'blice1234', CLIENT, false],
    ['has no login', CLIENT, undefined, false],
    ['is a login without domain', CLIENT, 'blice1234', false],
    ['is a lookalike', 'blice1234@_x.te\u017ft', CLIENT, false],
  ])('%s', async (_name, address, login, isTaken) => {
    const verdict = await submit(ENCRYPTED, { address, login });
    if (isTaken) expect(verdict.kind).toBe('accept');
    else expect(verdict).toEqual({ kind: 'refuse', reply: ADDRESS_REPLY });
  });

  test('that sends too fast waits', () => {
    const rates = new SendRates({ perMinute: 60, burst: 2 });
    const filter = () => new OutgoingFilter({ rates, now: () => 0, log: (line) => log.push(line) });
    log = [];
    const replies = [1, 2, 3].map(() => filter().mail({ address: CLIENT, login: CLIENT }));
    expect(replies[1]).toBeUndefined();
    expect(replies[2]).toMatch(/^450 4\.7\.1 /);
    expect(log).toEqual(['NOQUEUE outgoing refused: rate']);
  });
});

describe('outgoing mail is refused', () => {
  const from = `From: <${CLIENT}>\r\n`;
  const contentType = /Content-Type: multipart\/encrypted;/;
  test.each<[string, string, string]>([
    ['From of another', ENCRYPTED.replace(from, 'From: <x@_x.test>\r\n'), FROM_REPLY],
    ['no From', ENCRYPTED.replace(from, ''), FROM_REPLY],
    ['two From', ENCRYPTED.replace(from, from + from), FROM_REPLY],
    ['two addresses', ENCRYPTED.replace(`<${CLIENT}>`, `<${CLIENT}>, <x@_x.test>`), FROM_REPLY],
    ['cleartext', CLEARTEXT, CLEARTEXT_REPLY],
    ['a report', REPORT.replace('MAILER-DAEMON@_x.test', CLIENT), CLEARTEXT_REPLY],
    ['no Content-Type', CLEARTEXT.replace('Content-Type: text/plain\r\n', ''), CLEARTEXT_REPLY],
    [
      'two Content-Types',
      `Content-Type: multipart/mixed; boundary=x\r\n${ENCRYPTED}`,
      CLEARTEXT_REPLY,
    ],
    [
      'other multipart',
      ENCRYPTED.replace('multipart/encrypted', 'multipart/mixed'),
      CLEARTEXT_REPLY,
    ],
    ['other boundary', ENCRYPTED.replace('boundary="', 'boundary="x'), CLEARTEXT_REPLY],
    ['encoded multipart', `Content-Transfer-Encoding: base64\r\n${ENCRYPTED}`, CLEARTEXT_REPLY],
    [
      'broken type',
      ENCRYPTED.replace(contentType, 'Content-Type: multipart/encrypted'),
      CLEARTEXT_REPLY,
    ],
    [
      'armor header',
      ENCRYPTED.replace('MESSAGE-----\r\n', 'MESSAGE-----\r\nVersion: X\r\n'),
      CLEARTEXT_REPLY,
    ],
    ['broken armor', ENCRYPTED.replace('wz4G', 'wz4!'), CLEARTEXT_REPLY],
    ['other packet', ENCRYPTED.replace('wz4G', 'yz4G'), CLEARTEXT_REPLY],
    ['text around', `${ENCRYPTED}Hello\r\n`, CLEARTEXT_REPLY],
    [
      'request with text',
      VC_REQUEST.replace(
        '\r\n--18ea727e295d9ecf_cd9c6f1971beb8a6_4eb28f63a90e918e--',
        '\r\nHello$&',
      ),
      CLEARTEXT_REPLY,
    ],
    [
      'other request',
      VC_REQUEST.replace('Secure-Join: vc-request\r\nS', 'Secure-Join: vg-request\r\nS'),
      CLEARTEXT_REPLY,
    ],
    ['later step', VC_REQUEST.replaceAll('vc-request', 'vc-auth-required'), CLEARTEXT_REPLY],
    [
      'request without header',
      VC_REQUEST.replace('Secure-Join: vc-request\r\nS', 'S'),
      CLEARTEXT_REPLY,
    ],
    ['two request headers', `Secure-Join: vc-request\r\n${VC_REQUEST}`, CLEARTEXT_REPLY],
    ['request as HTML', VC_REQUEST.replace('text/plain', 'text/html'), CLEARTEXT_REPLY],
  ])('%s', async (_name, message, reply) => {
    expect(await submit(message)).toEqual({ kind: 'refuse', reply });
    expect(log.join()).toMatch(/^4Qabc outgoing refused: [a-z-]+( \([^@]*\))?$/);
  });

  test('a header flood', async () => {
    const flood = 'X: y\r\n'.repeat(2000);
    const large = `X: ${'y'.repeat(100_000)}\r\n`.repeat(3);
    const reply = '554 5.6.0 Message header too large';
    expect(await submit(flood + ENCRYPTED)).toEqual({ kind: 'refuse', reply });
    expect(await submit(large + ENCRYPTED)).toEqual({ kind: 'refuse', reply });
  });
});
