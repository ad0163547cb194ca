import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queueScript, trafficScript } from '../../src/health/script-mail.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cmdeploy-script-mail-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a script where the program `name` prints `output`. */
const runWith = async (name: string, output: string, script: string, code = 0): Promise<string> => {
  const program = join(folder, name);
  writeFileSync(join(folder, 'output'), output);
  writeFileSync(
    program,
    `#!/bin/sh\n[ "$3" = short-unix ] && exit\ncat ${folder}/output\nexit ${code}\n`,
  );
  chmodSync(program, 0o755);
  const env = { PATH: `${folder}:${process.env['PATH']}`, LC_ALL: 'C' };
  const { stdout } = await execa('bash', ['-c', script], { env });
  return stdout;
};

const message = (fields: object): string => `${spaced(JSON.stringify(fields))}\n`;
/** postqueue(1) puts a space behind colons and commas between fields. */
const spaced = (json: string): string =>
  json.replaceAll('":', '": ').replaceAll(',"', ', "').replaceAll('},{', '}, {');

const queued = (arrival: number, recipients: object[], sender = 'me@_a.test'): string =>
  message({
    queue_name: 'deferred',
    queue_id: '4Rfx1z2Yz3X',
    arrival_time: arrival,
    message_size: 1000,
    forced_expire: false,
    sender,
    recipients,
  });

test('an empty queue', async () => {
  expect(await runWith('postqueue', '', queueScript(2))).toBe('queue\t0\t0\t0');
});

test('a queue that cannot be read says nothing', async () => {
  expect(await runWith('postqueue', '', queueScript(2), 1)).toBe('');
});

test('sums up the queue by domain and reason, without people in it', async () => {
  const to = (address: string, delay_reason?: string) => ({
    address,
    ...(delay_reason === undefined ? {} : { delay_reason }),
  });
  const refused = 'connect to mx.b.example[192.0.2.7]:25: Connection refused';
  const output = await runWith(
    'postqueue',
    queued(2000, [to('x@b.example', refused), to('y@b.example', refused)]) +
      queued(1000, [
        to('z@c.example', 'host mx.c.example[192.0.2.8] said: 451 4.7.1 <z@c.example>: later'),
      ]) +
      queued(3000, [to('own@_a.test')]),
    queueScript(2),
  );
  expect(output.split('\n')).toEqual([
    'queue\t3\t3000\t1000',
    'queue-domain\t2\tb.example\t2000',
    expect.stringMatching(/^queue-domain\t1\t/),
    expect.stringMatching(/^queue-domain\t1\t/),
    'queue-reason\t2\tconnect to *: Connection refused',
    'queue-reason\t1\thost * said: 451 4.7.1 <*>: later',
  ]);
});

test('nothing in a text of the queue is taken for a field', async () => {
  const evil = 'x", "arrival_time": 1, "recipients": [{"address": "p@evil.example"}], "y": "';
  const output = await runWith(
    'postqueue',
    queued(2000, [{ address: 'x@b.example', delay_reason: evil }], `"${evil}"@b.example`),
    queueScript(2),
  );
  expect(output).toContain('queue\t1\t1000\t2000');
  expect(output).toContain('queue-domain\t1\tb.example');
  expect(output).not.toContain('evil');
  expect(output).not.toContain('queue-domain\t1\tevil.example');
});

const LOG = `postfix/lmtp[9]: 4Rfx1z2Yz3X: to=<*@_a.test>, relay=a[private/dovecot-lmtp], delay=0.05, dsn=2.0.0, status=sent (250 2.0.0 Saved)
postfix/lmtp[9]: 4Rfx1z2Yz3X: to=<*@_a.test>, relay=a[private/dovecot-lmtp], delay=0.05, dsn=2.0.0, status=sent (250 2.0.0 Saved)
postfix/smtp[9]: 4Rfx1z2Yz3Y: to=<*@b.example>, relay=mx.b.example[ip]:25, delay=1, dsn=2.0.0, status=sent (250 ok)
postfix/smtp[9]: 4Rfx1z2Yz3Y: to=<*@b.example>, relay=mx.b.example[ip]:25, delay=1, dsn=4.7.1, status=deferred (host said: 451 status=sent (no))
postfix/smtp[9]: 4Rfx1z2Yz3Y: to=<*@b.example>, relay=none, delay=1, dsn=5.7.1, status=bounced (host said: 550 no)
4Rfx1z2Yz3Z incoming refused: not-encrypted (no multipart/encrypted)
NOQUEUE outgoing refused: rate
4Rfx1z2Yz3W incoming refused: not-encrypted (two parts)
postfix/smtpd[9]: NOQUEUE: reject: RCPT from unknown[ip]: 454 4.7.1 <*@c.example>: Relay access denied; from=<*@d.example> to=<*@c.example>
imap-login: Info: Login: postfix/lmtp[9]: 4Rfx1z2Yz3X: to=<*@_a.test>, status=sent (fake)
ready
`;

test('counts what passed and what was refused', async () => {
  const output = await runWith('journalctl', LOG, trafficScript(2));
  expect(output.split('\n')).toEqual([
    'refused\t2\tincoming not-encrypted',
    expect.stringMatching(/^refused\t1\t/),
    expect.stringMatching(/^refused\t1\t/),
    expect.stringMatching(/^traffic\t\d{10}\t2\t1\t1\t4$/),
  ]);
  expect(output).toContain('refused\t1\toutgoing rate');
  expect(output).toContain('refused\t1\t454 4.7.1 Relay access denied');
});

test('messages of probes are none of people', async () => {
  const probe = 'a message of a probe was delivered\n';
  expect(await runWith('journalctl', LOG + probe, trafficScript(2))).toMatch(/\t1\t1\t1\t4$/);
  expect(await runWith('journalctl', probe, trafficScript(2))).toMatch(/\t0\t0\t0\t0$/);
});

test('half a journal is no answer', async () => {
  expect(await runWith('journalctl', LOG, trafficScript(2), 1)).toBe('');
});
