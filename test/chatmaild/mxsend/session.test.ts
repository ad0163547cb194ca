import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type FindRoute,
  GO_ON,
  type Route,
  serveSmtp,
} from '../../../src/chatmaild/mxsend/session.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Says all lines at once and gives the codes of the replies until the server hangs up. */
const talk = async (findRoute: FindRoute, ...lines: string[]): Promise<string[]> => {
  const server = createServer((socket) => void serveSmtp(socket, findRoute).catch(() => {}));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n`));
    socket.on('data', (data) => {
      received += data.toString();
    });
    socket.on('close', () => resolve(received.match(/^\d{3}(?= )/gm) ?? []));
  });
};

const OPEN = { isOpen: true, mayHave: () => false };
const CLOSED: Route = { ...OPEN, isOpen: false, deliver: async () => GO_ON };
const toFast = 'RCPT TO:<a@fast.test>';
const ENVELOPE = ['EHLO x', 'MAIL FROM:<s@y.test> SIZE=10'];

describe('the SMTP server for Postfix', () => {
  it('delivers a message to all recipients of a domain, and then another one', async () => {
    const delivered: unknown[] = [];
    const findRoute: FindRoute = async () => ({
      ...OPEN,
      deliver: async ({ from, to }, message) => {
        let text = '';
        for await (const chunk of message) text += chunk.toString();
        delivered.push({ from, to: [...to], text });
        return { code: 250, text: 'ok' };
      },
    });
    const second = ['MAIL FROM:<>', toFast, 'DATA', '.'];
    const first = [...ENVELOPE, toFast, 'RCPT TO:<b@FAST.test>', 'DATA', 'x', '..', '.'];
    expect(await talk(findRoute, ...first, ...second, 'QUIT')).toEqual(
      '220 250 250 250 250 354 250 250 250 354 250 221'.split(' '),
    );
    expect(delivered).toEqual([
      { from: 's@y.test', to: ['a@fast.test', 'b@FAST.test'], text: 'x\r\n.\r\n' },
      { from: '', to: ['a@fast.test'], text: '' },
    ]);
  });

  it('sends those on to port 25 for whom there is no way, and takes no message for nobody', async () => {
    const codes = await talk(async () => CLOSED, ...ENVELOPE, toFast, 'DATA', 'QUIT');
    expect(codes).toEqual('220 250 250 451 503 221'.split(' '));
  });

  it('stays in step when a delivery fails before it has read anything', async () => {
    const findRoute: FindRoute = async () => ({
      ...OPEN,
      deliver: async () => ({ code: 451, text: 'no' }),
    });
    const codes = await talk(findRoute, ...ENVELOPE, toFast, 'DATA', 'QUIT', '.', 'NOOP', 'QUIT');
    expect(codes).toEqual('220 250 250 250 354 451 250 221'.split(' '));
  });

  it('stays in step when a delivery stops reading in the middle of a message', async () => {
    const findRoute: FindRoute = async () => ({
      ...OPEN,
      deliver: async (_, message) => {
        for await (const _chunk of message) break;
        return { code: 451, text: 'no' };
      },
    });
    const long = Array<string>(5000).fill(`${'x'.repeat(70)}\r\nQUIT`);
    const codes = await talk(findRoute, ...ENVELOPE, toFast, 'DATA', ...long, '.', 'NOOP', 'QUIT');
    expect(codes).toEqual('220 250 250 250 354 451 250 221'.split(' '));
  });

  it('sends those on to port 25 whose address fits into no header field', async () => {
    const asked: string[] = [];
    const findRoute: FindRoute = async (domain) => {
      asked.push(domain);
      return CLOSED;
    };
    const odd = ['"a b"@fast.test', '"a<b"@fast.test', '"a\x01"@fast.test', '\xe4@fast.test'];
    const rcpts = odd.map((address) => `RCPT TO:<${address}>`);
    expect(await talk(findRoute, ...ENVELOPE, ...rcpts, 'QUIT')).toEqual(
      '220 250 250 451 451 451 451 221'.split(' '),
    );
    expect(asked).toEqual([]);
  });

  it('keeps those apart who may have the message', async () => {
    const findRoute: FindRoute = async () => ({
      isOpen: true,
      mayHave: (_, to) => to.startsWith('had'),
      deliver: async ({ to }) => ({ code: 250, text: to.join() }),
    });
    const rcpts = (...names: string[]) => names.map((name) => `RCPT TO:<${name}@fast.test>`);
    const first = [...ENVELOPE, ...rcpts('had1', 'new1', 'had2')];
    expect(await talk(findRoute, ...first, 'QUIT')).toEqual(
      '220 250 250 250 451 250 221'.split(' '),
    );
    const second = [...ENVELOPE, ...rcpts('new1', 'had1', 'new2')];
    expect(await talk(findRoute, ...second, 'QUIT')).toEqual(
      '220 250 250 250 451 250 221'.split(' '),
    );
  });

  it('answers for those who may have the message while there is no way for others', async () => {
    const findRoute: FindRoute = async () => ({
      isOpen: false,
      mayHave: (_, to) => to.startsWith('had'),
      deliver: async () => ({ code: 250, text: 'ok' }),
    });
    const rcpts = ['new', 'had'].map((name) => `RCPT TO:<${name}@fast.test>`);
    expect(await talk(findRoute, ...ENVELOPE, ...rcpts, 'DATA', '.', 'QUIT')).toEqual(
      '220 250 250 451 250 354 250 221'.split(' '),
    );
  });

  it('answers nonsense with 5xx', async () => {
    const codes = await talk(async () => CLOSED, 'RCPT TO:<x>', 'DATA', 'GET /', '', 'QUIT');
    expect(codes).toEqual('220 503 503 502 502 221'.split(' '));
  });

  it('has one connection wait for a slow peer, and not another', async () => {
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const findRoute: FindRoute = async (domain) => ({
      ...OPEN,
      deliver: async () => {
        if (domain === 'slow.test') await slow;
        return { code: 250, text: 'ok' };
      },
    });
    const waiting = talk(findRoute, ...ENVELOPE, 'RCPT TO:<a@slow.test>', 'DATA', '.', 'QUIT');
    await expect(talk(findRoute, ...ENVELOPE, toFast, 'DATA', '.', 'QUIT')).resolves.toContain(
      '221',
    );
    release();
    await expect(waiting).resolves.toContain('221');
  });
});
