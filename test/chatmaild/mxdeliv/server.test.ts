import { request } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { handOver } from '../../../src/chatmaild/mxdeliv/hand-over.ts';
import { answerOf, createMxdelivServer } from '../../../src/chatmaild/mxdeliv/server.ts';

/** The machine may be busy. */
const POLL = { timeout: 20_000, interval: 20 };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const portOf = async (server: Server): Promise<number> => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

/** A Postfix that answers a command that begins with a key by its value, others by 250. */
const fakePostfix = async (replies: Record<string, string> = {}) => {
  const seen: string[] = [];
  let closed = 0;
  const talk = (socket: Socket) => {
    let inMessage = false;
    let text = '';
    socket.write('220 fake\r\n');
    socket.on('error', () => {});
    socket.on('close', () => {
      closed += 1;
    });
    socket.on('data', (data) => {
      text += data.toString('latin1');
      const lines = text.split('\r\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        seen.push(line);
        if (inMessage && line !== '.') continue;
        inMessage = line === 'DATA';
        const key = Object.keys(replies).find((start) => line.startsWith(start));
        socket.write(`${key ? replies[key] : inMessage ? '354 go' : '250 ok'}\r\n`);
      }
    });
  };
  return { port: await portOf(createServer(talk)), seen, closed: () => closed };
};

const serve = async (smtpPort: number): Promise<number> =>
  portOf(
    createMxdelivServer(
      (envelope, body) => handOver(smtpPort, envelope, body),
      10,
      () => {},
    ),
  );

const HEADERS = { 'X-Mail-From': 's@y.test', 'X-Mail-To': ['a@x.test', 'b@x.test'] };

const post = (port: number, body: string, method = 'POST', headers: object = HEADERS) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const outgoing = request(
      { port, method, path: '/mxdeliv', headers: { ...headers } },
      (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: text.trim() }));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });

describe('mail over HTTPS', () => {
  it('goes to Postfix with its envelope, dots doubled, and is delivered when Postfix says so', async () => {
    const postfix = await fakePostfix({ '.': '250 2.0.0 queued' });
    const answer = await post(await serve(postfix.port), 'A: b\r\n\r\n.x\r\n');
    expect(answer).toEqual({ status: 200, text: '250 2.0.0 queued' });
    expect(postfix.seen.slice(1)).toEqual([
      'MAIL FROM:<s@y.test>',
      'RCPT TO:<a@x.test>',
      'RCPT TO:<b@x.test>',
      'DATA',
      'A: b',
      '',
      '..x',
      '.',
    ]);
  });

  it('is refused in the words of Postfix, before the message or after it', async () => {
    const relaying = await fakePostfix({ 'RCPT TO:<b': '554 5.7.1 Relay access denied' });
    const answer = await post(await serve(relaying.port), 'x');
    expect(answer).toEqual({ status: 400, text: '554 5.7.1 Relay access denied' });
    expect(relaying.seen).not.toContain('DATA');
    const filtering = await fakePostfix({ '.': '523 Encryption Needed' });
    expect(await post(await serve(filtering.port), 'x')).toEqual({
      status: 400,
      text: '523 Encryption Needed',
    });
  });

  it('is refused for its reason when a busy Postfix hangs up after the first error', async () => {
    const nobody = '550 5.1.1 nobody here';
    const stressed = await fakePostfix({ 'RCPT TO:<b': `${nobody}\r\n421 4.7.0 too many errors` });
    expect(await post(await serve(stressed.port), 'x')).toEqual({ status: 400, text: nobody });
    expect(stressed.seen).not.toContain('DATA');
    const full = await fakePostfix({ EHLO: '421 4.7.0 too many errors' });
    expect((await post(await serve(full.port), 'x')).status).toBe(503);
  });

  it('may come again when Postfix is away or says later', async () => {
    const later = await fakePostfix({ MAIL: '451 4.3.0 later' });
    expect((await post(await serve(later.port), 'x')).status).toBe(503);
    expect((await post(await serve(1), 'x')).status).toBe(503);
  });

  it('is not taken when the request is cut off', async () => {
    const postfix = await fakePostfix();
    const port = await serve(postfix.port);
    const fields = 'X-Mail-From: s@y.test\r\nX-Mail-To: a@x.test\r\nContent-Length: 100';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`POST /mxdeliv HTTP/1.1\r\nHost: x\r\n${fields}\r\n\r\nhalf a message\r\n`);
    });
    await expect.poll(() => postfix.seen, POLL).toContain('half a message');
    socket.destroy();
    await expect.poll(postfix.closed, POLL).toBe(1);
    expect(postfix.seen).not.toContain('.');
  });

  it('has one method and needs an envelope', async () => {
    const port = await serve(1);
    expect((await post(port, '', 'GET')).status).toBe(405);
    expect((await post(port, '', 'POST', {})).status).toBe(400);
    const many = { ...HEADERS, 'X-Mail-To': Array<string>(1001).fill('a@x.test') };
    expect(await post(port, '', 'POST', many)).toEqual({
      status: 400,
      text: 'there are too many X-Mail-To',
    });
  });
});

describe('answerOf', () => {
  it('tells what is too large from what is refused, and gives one printable line', () => {
    expect(answerOf({ code: 552, text: '5.3.4 too big' }).status).toBe(413);
    expect(answerOf({ code: 550, text: 'a\r\nb\x1b' })).toEqual({ status: 400, text: '550 a b' });
  });
});
