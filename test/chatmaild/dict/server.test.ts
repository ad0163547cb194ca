import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES } from '../../../src/chatmaild/dict/lines.ts';
import { createDictServer } from '../../../src/chatmaild/dict/server.ts';
import { DictRefusal, type DictTable } from '../../../src/chatmaild/dict/table.ts';

let folder: string;
let server: Server;
let hangUp: () => void;
let logged: string[];
let values: Map<string, string>;
let sockets: Socket[];

/** Keeps keys below `priv/`, each user's own. */
const table: DictTable = {
  owns: (key) => key.startsWith('priv/'),
  async lookup(key, user) {
    if (key === 'priv/broken') throw Object.assign(new Error('/home/a@b: no'), { code: 'EACCES' });
    return values.get(`${user} ${key}`);
  },
  async apply({ key, value }, user) {
    if (value === 'refuse me') throw new DictRefusal('not that');
    if (value === undefined) values.delete(`${user} ${key}`);
    else values.set(`${user} ${key}`, value);
  },
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dict-'));
  logged = [];
  values = new Map();
  sockets = [];
  ({ server, hangUp } = createDictServer([table], 100, (text) => logged.push(text)));
  await new Promise<void>((resolve) => server.listen(join(folder, 's'), resolve));
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
  rmSync(folder, { recursive: true });
});

/** Sends everything in one piece and gives the answers up to when `lines` of them are there. */
const talk = (sent: string, lines: number): Promise<string[]> =>
  new Promise((resolve) => {
    const socket = connect(join(folder, 's'));
    sockets.push(socket);
    let received = '';
    socket.setEncoding('latin1');
    const finish = () => resolve(received.split('\n').slice(0, -1));
    socket.on('data', (data) => {
      received += String(data);
      if (received.split('\n').length > lines) finish();
    });
    // A server that hangs up with half of it unread is an error to the one who sends.
    socket.on('close', finish).on('error', finish);
    socket.write(sent, 'latin1');
  });

const HELLO = 'H3\t2\t0\t\tmetadata\n';

describe('dict server', () => {
  it('keeps what is set and committed, for its user', async () => {
    const set = 'B1\tme\t0\nS1\tpriv/x\tvalue\nC1\nLpriv/x\tme\nLpriv/x\tyou\n';
    expect(await talk(HELLO + set, 3)).toEqual(['O1', 'Ovalue', 'N']);
  });

  it('keeps transactions of one number in two connections apart', async () => {
    const first = connect(join(folder, 's'));
    sockets.push(first);
    const answered = new Promise((resolve) => first.once('data', resolve));
    first.write(`${HELLO}B1\tme\nS1\tpriv/x\tmine\nLpriv/x\tme\n`);
    await answered;
    expect(await talk(`${HELLO}B1\tyou\nS1\tpriv/x\tyours\nC1\n`, 1)).toEqual(['O1']);
    const committed = new Promise((resolve) => first.once('data', resolve));
    first.write('C1\n');
    expect(String(await committed)).toBe('O1\n');
    expect([...values]).toEqual([
      ['you priv/x', 'yours'],
      ['me priv/x', 'mine'],
    ]);
  });

  it('forgets what is rolled back, unsets, answers an asynchronous commit', async () => {
    values.set('me priv/old', '1');
    const lines =
      'B1\tme\nS1\tpriv/x\tv\nR1\nB1\tme\nU1\tpriv/old\nT1\t5\t6\nD1\nI0\t0\tpriv/\tme\n';
    expect(await talk(HELLO + lines, 2)).toEqual(['AO1', '']);
    expect(values.size).toBe(0);
  });

  it('escapes what would break a line, both ways', async () => {
    const lines = 'B7\tme\nS7\tpriv/x\ta\u0001tb\u0001nc\u00011\u00010\u00ff\nC7\nLpriv/x\tme\n';
    expect(await talk(HELLO + lines, 2)).toEqual(['O7', 'Oa\u0001tb\u0001nc\u00011\u00010\u00ff']);
    expect(values.get('me priv/x')).toBe('a\tb\nc\u0001\u0000\u00ff');
  });

  it('refuses nobody’s keys, increments and floods, and changes nothing then', async () => {
    const flood = Array.from({ length: 1000 }, (_, n) => `S3\tpriv/${n}\tv\n`).join('');
    const lines = `B1\tme\nS1\tpriv/x\tv\nS1\tshared/y\tv\nC1\nB2\tme\nA2\tpriv/x\t1\nC2\nB3\tme\n${flood}C3\nB4\tme\nS4\tpriv/x\trefuse me\nC4\n`;
    expect(await talk(HELLO + lines, 4)).toEqual([
      'F1\tthis key cannot be set',
      'F2\tno value here can be incremented',
      'F3\ttoo many changes at once',
      'F4\tnot that',
    ]);
    expect(values.size).toBe(0);
  });

  it('says nothing of an internal failure but its code', async () => {
    expect(await talk(`${HELLO}Lpriv/broken\tme\n`, 1)).toEqual(['Finternal error']);
    expect(logged).toEqual(['dict: a request failed: EACCES']);
  });

  it.each([
    ['a line without end', 'x'.repeat(MAX_LINE_BYTES + 1)],
    ['a huge value', `${HELLO}B1\tme\nS1\tpriv/x\t${'v'.repeat(1_000_000)}\nC1\n`],
    ['another protocol', 'GET / HTTP/1.1\r\n\r\n'],
    ['an old version', 'H2\t0\t0\tme\tmetadata\n'],
    ['a transaction that was not begun', `${HELLO}C9\n`],
    ['a transaction begun twice', `${HELLO}B1\tme\nB1\tme\n`],
    ['a bad transaction id', `${HELLO}B__proto__\tme\n`],
    ['transactions without end', Array.from({ length: 99 }, (_, n) => `B${n}\tme\n`).join('')],
    ['a set without value', `${HELLO}B1\tme\nS1\tpriv/x\n`],
  ])('closes the connection on %s', async (_, sent) => {
    expect(await talk(sent, 1)).toEqual([]);
    expect(values.size).toBe(0);
    expect(logged).toHaveLength(1);
  });

  it('hangs up on who waits for nothing when it is stopped', async () => {
    const socket = connect(join(folder, 's'));
    sockets.push(socket);
    const answered = new Promise((resolve) => socket.once('data', resolve));
    socket.write(`${HELLO}Lpriv/x\tme\n`);
    await answered;
    const closed = new Promise((resolve) => server.close(resolve));
    hangUp();
    await closed;
  });

  it('reads commands that arrive byte by byte', async () => {
    const socket = connect(join(folder, 's'));
    sockets.push(socket);
    const answered = new Promise((resolve) => socket.once('data', resolve));
    for (const byte of `${HELLO}B1\tme\nS1\tpriv/x\tv\nC1\n`) socket.write(byte);
    expect(String(await answered)).toBe('O1\n');
  });
});
