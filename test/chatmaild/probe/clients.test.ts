import { describe, expect, test } from 'vitest';
import { ImapClient } from '../../../src/chatmaild/probe/imap.ts';
import { SmtpClient } from '../../../src/chatmaild/probe/smtp.ts';
import { postHttps } from '../../../src/chatmaild/probe/web.ts';
import { selfSigned } from '../../support/certificates.ts';
import { networkAt, type Peer, serve } from './fake-server.ts';

const PEM = selfSigned('_x.test');

/** Answers each line that begins with a key. */
const answering = async (peer: Peer, answers: Readonly<Record<string, string>>): Promise<void> => {
  for (let line = await peer.line(); line !== undefined; line = await peer.line()) {
    const key = Object.keys(answers).find((start) => line?.startsWith(start));
    if (key !== undefined) peer.send(answers[key] ?? '');
  }
};

describe('SMTP', () => {
  const GREETING = { EHLO: '250-x\r\n250 HELP' };

  const submission = (answers: Readonly<Record<string, string>>) =>
    serve(async (peer) => {
      const secure = peer.secure(PEM);
      secure.send('220 x');
      await answering(secure, { ...GREETING, ...answers });
    });

  test('hands over a message, dots doubled', async () => {
    const lines: string[] = [];
    const port = await serve(async (peer) => {
      peer.send('220-x', '220 x');
      await peer.line();
      peer.send('250-x', '250-STARTTLS', '250 HELP');
      await peer.line();
      peer.send('220 go');
      const secure = peer.secure(PEM);
      for (let line = await secure.line(); line !== undefined; line = await secure.line()) {
        lines.push(line);
        if (line.startsWith('EHLO')) secure.send('250 x');
        if (line.startsWith('AUTH')) secure.send('235 x');
        if (/^(MAIL|RCPT)/.test(line)) secure.send('250 x');
        if (line === 'DATA') secure.send('354 go');
        if (line === '.') secure.send('250 2.0.0 Ok: queued as 4Qabcdefgh');
      }
    });
    const client = await SmtpClient.open(networkAt(port), 587);
    await client.login('a@_x.test', 'secret');
    const queueId = await client.send({ from: 'a@_x.test', to: 'b@_x.test' }, 'A: b\r\n\r\n.\r\n');
    expect(queueId).toBe('4Qabcdefgh');
    expect(lines.slice(2)).toEqual([
      'MAIL FROM:<a@_x.test>',
      'RCPT TO:<b@_x.test>',
      ...['DATA', 'A: b', '', '..', '.'],
    ]);
    expect(client.certificate.leaf.subject).toBe('CN=_x.test');
  });

  test('a server without STARTTLS', async () => {
    const port = await serve((peer) => {
      peer.send('220 x');
      return answering(peer, GREETING);
    });
    await expect(SmtpClient.open(networkAt(port), 25)).rejects.toThrow('does not offer STARTTLS');
  });

  test.each([
    ['refused', '535 5.7.8 no', 'its answer to AUTH was 535 5.7.8 no'],
    ['nonsense', '<html>', 'its answer to AUTH is not SMTP: <html>'],
    ['a reply without end', '235-x\r\n'.repeat(60), 'its answer to AUTH does not end'],
  ])('a login: %s', async (_, answer, message) => {
    const client = await SmtpClient.open(networkAt(await submission({ AUTH: answer })), 465);
    await expect(client.login('a', 'b')).rejects.toThrow(message);
    client.quit();
  });

  test('a greeting that refuses', async () => {
    const port = await serve((peer) => peer.send('421 4.3.2 too many'));
    await expect(SmtpClient.open(networkAt(port), 25)).rejects.toThrow(
      'its greeting was 421 4.3.2 too many',
    );
  });

  test('no TLS where it should be', async () => {
    const port = await serve((peer) => peer.send('220 in the clear'));
    await expect(SmtpClient.open(networkAt(port), 465)).rejects.toThrow();
  });
});

describe('IMAP', () => {
  const open = async (talk: (peer: Peer) => Promise<void>): Promise<ImapClient> => {
    const port = await serve(async (peer) => {
      const secure = peer.secure(PEM);
      secure.send('* OK ready');
      await talk(secure);
    });
    return ImapClient.open(networkAt(port), 993);
  };

  test('waits for a message and fetches it', async () => {
    const client = await open((peer) =>
      answering(peer, {
        'p1 LOGIN "a" "b"': '* CAPABILITY x\r\np1 OK',
        'p2 SELECT INBOX': '* 0 EXISTS\r\np2 OK',
        'p3 IDLE': '+ idling\r\n* OK Still here\r\n* 1 RECENT\r\n* 1 EXISTS',
        DONE: 'p3 OK',
        'p4 FETCH 1': '* 1 FETCH (UID 1 BODY[] {6}\r\np4 OK\n)\r\np4 OK',
        'p5 LOGOUT': '* BYE',
      }),
    );
    await client.login('a', 'b');
    await client.select('INBOX');
    await client.startIdle();
    expect(await client.idleUntilMail(5000)).toBe(1);
    await client.endIdle();
    expect(await client.fetch(1)).toBe('p4 OK\n');
  });

  test.each([
    ['p1 NO [UNAVAILABLE] later', 'its answer to LOGIN was NO [UNAVAILABLE] later'],
    ['* x\r\n'.repeat(300), 'LOGIN: its answer does not end'],
  ])('a login that fails', async (answer, message) => {
    const client = await open((peer) => answering(peer, { p1: answer }));
    await expect(client.login('a', 'b')).rejects.toThrow(message);
  });

  test('a mailbox that stays empty, and one that cannot be watched', async () => {
    const client = await open((peer) =>
      answering(peer, { 'p1 IDLE': '+ idling', 'p2 IDLE': 'p2 BAD what' }),
    );
    await client.startIdle();
    await expect(client.idleUntilMail(50)).rejects.toThrow('it did not answer');
    await expect(client.startIdle()).rejects.toThrow('its answer to IDLE was BAD what');
  });

  test('a message that is none of ours by its size', async () => {
    const client = await open((peer) => answering(peer, { p1: '* 1 FETCH (BODY[] {999999999}' }));
    await expect(client.fetch(1)).rejects.toThrow('FETCH: a message of 999999999 bytes');
  });

  test('a greeting that refuses', async () => {
    const port = await serve((peer) => peer.secure(PEM).send('* BYE full'));
    await expect(ImapClient.open(networkAt(port), 993)).rejects.toThrow('its greeting was * BYE');
  });
});

describe('HTTPS', () => {
  const answer = async (text: string) => {
    const port = await serve(async (peer) => {
      const secure = peer.secure(PEM);
      while (await secure.line());
      secure.socket.end(text);
    });
    return postHttps(networkAt(port), '/new');
  };

  test('an answer', async () => {
    expect(await answer('HTTP/1.1 503 Busy\r\nA: b\r\n\r\n{"a":\r\n\r\n1}')).toEqual({
      status: 503,
      body: '{"a":\r\n\r\n1}',
    });
  });

  test('something else', async () => {
    await expect(answer('SSH-2.0-x\r\n')).rejects.toThrow('its answer is not HTTP');
    await expect(answer('')).rejects.toThrow('its answer is not HTTP');
  });
});
