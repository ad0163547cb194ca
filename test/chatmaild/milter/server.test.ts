import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listen } from '../../../src/chatmaild/listen.ts';
import { encodeFrame } from '../../../src/chatmaild/milter/frames.ts';
import { MilterServer } from '../../../src/chatmaild/milter/server.ts';
import type { MessageFilter } from '../../../src/chatmaild/milter/session.ts';
import type { Mail } from './client.ts';
import { contentFrames, MilterClient, mailFrames, negotiation } from './client.ts';

const MAIL: Mail = {
  login: 'a@chat.example',
  sender: 'a@chat.example',
  recipients: ['b@chat.example', 'c@chat.example'],
  header: [['Subject', ' x']],
  body: 'Hello\r\n',
};

let seen: string[] = [];
let log: string[] = [];
/** Writes down what it gets. A sender `no@...` is refused at once, `throw@...` at the end. */
class Recorder implements MessageFilter {
  #sender = '';
  mail({ address, login }: { address: string; login: string | undefined }) {
    this.#sender = address;
    seen.push(`mail ${address} ${login}`);
    return address.startsWith('no@') ? ('553 5.7.1 No' as const) : undefined;
  }
  rcpt(address: string) {
    seen.push(`rcpt ${address}`);
  }
  header(name: string, value: string) {
    seen.push(`header ${name}:${value}`);
  }
  endOfHeaders() {
    seen.push('end of headers');
  }
  body(chunk: Buffer) {
    seen.push(`body ${chunk.length}`);
  }
  async endOfMessage(queueId: string) {
    seen.push(`end ${queueId}`);
    if (this.#sender.startsWith('throw@')) throw new Error('broken filter');
    return { kind: 'accept', changes: [{ kind: 'changeFrom', address: '' }] } as const;
  }
}

let folder = '';
let milter: MilterServer;
const socket = () => join(folder, 'milter.sock');
const client = () => new MilterClient(socket());

beforeEach(async () => {
  seen = [];
  log = [];
  folder = mkdtempSync(join(tmpdir(), 'milter-'));
  milter = new MilterServer(
    () => new Recorder(),
    (line) => log.push(line),
  );
  await listen(milter.server, 'test', socket(), new Map());
});
afterEach(async () => {
  await milter.close(0);
  rmSync(folder, { recursive: true });
});

const ready = async (): Promise<MilterClient> => {
  const mta = client();
  mta.send(negotiation());
  expect(await mta.answer()).toBe('O');
  return mta;
};

describe('a milter connection', () => {
  test('takes several messages', async () => {
    const mta = await ready();
    expect(await mta.deliver(MAIL)).toEqual(['e <>', 'a']);
    expect(seen).toEqual([
      'mail a@chat.example a@chat.example',
      'rcpt b@chat.example',
      'rcpt c@chat.example',
      'header Subject: x',
      'end of headers',
      'body 7',
      'end 4Qabc',
    ]);
    expect(await mta.deliver({ ...MAIL, sender: 'no@x' })).toEqual(['y 553 5.7.1 No']);
    expect(await mta.deliver({ ...MAIL, body: 'x'.repeat(200_000) })).toEqual(['e <>', 'a']);
    mta.send(encodeFrame('Q'));
    expect(await mta.answer()).toBeUndefined();
    expect(log).toEqual([]);
  });

  test('forgets a message that is given up, and its login', async () => {
    const mta = await ready();
    mta.send(...mailFrames(MAIL));
    expect(await mta.answer()).toBe('c');
    mta.send(...contentFrames(MAIL).slice(0, 3), encodeFrame('A'));
    seen = [];
    const { login: _, ...anonymous } = MAIL;
    mta.send(...mailFrames(anonymous).slice(1));
    expect(await mta.answer()).toBe('c');
    expect(seen.at(-1)).toBe('mail a@chat.example undefined');
    mta.send(encodeFrame('A'), encodeFrame('K'), negotiation());
    expect(await mta.answer()).toBe('O');
  });

  test('answers steps that it did not want', async () => {
    const mta = await ready();
    mta.send(encodeFrame('H', Buffer.from('host\0')));
    expect(await mta.answer()).toBe('c');
  });

  test.each<[string, readonly Buffer[]]>([
    ['message before negotiation', mailFrames(MAIL)],
    ['second negotiation', [negotiation(), negotiation()]],
    ['old protocol', [negotiation(2)]],
    ['server that lacks steps', [negotiation(6, 0x1ff, 0x7f)]],
    ['recipient before sender', [negotiation(), encodeFrame('R', Buffer.from('<b@x>\0'))]],
    [
      'body before headers',
      [negotiation(), ...mailFrames(MAIL), encodeFrame('B', Buffer.from('x'))],
    ],
    ['end before body', [negotiation(), ...mailFrames(MAIL), encodeFrame('E')]],
    ['two senders', [negotiation(), ...mailFrames(MAIL), ...mailFrames(MAIL)]],
    ['HTTP', [Buffer.from('GET / HTTP/1.1\r\n\r\n')]],
    ['zeros', [Buffer.alloc(100)]],
  ])('is closed on %s', async (_name, frames) => {
    const healthy = await ready();
    const mta = client();
    mta.send(...frames);
    let answer: string | undefined;
    do answer = await mta.answer();
    while (answer !== undefined);
    expect(log.join()).toMatch(/^milter protocol: /);
    expect(await healthy.deliver(MAIL)).toEqual(['e <>', 'a']);
  });

  test('that breaks off hurts nobody', async () => {
    for (const frames of [[], [negotiation()], [negotiation(), ...mailFrames(MAIL)]]) {
      const mta = client();
      mta.send(...frames, Buffer.from([0, 0]));
      mta.socket.end();
      expect([undefined, 'O']).toContain(await mta.answer());
      mta.socket.destroy();
    }
    expect(await (await ready()).deliver(MAIL)).toEqual(['e <>', 'a']);
  });

  test('is closed when the filter fails, so that the server tries again', async () => {
    const mta = await ready();
    expect(await mta.deliver({ ...MAIL, sender: 'throw@x' })).toEqual(['closed']);
    expect(log).toEqual(['milter session failed: Error: broken filter']);
  });

  test('survives random garbage', async () => {
    let state = 42;
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 100; round++) {
      const mta = client();
      const valid = Buffer.concat([negotiation(), ...mailFrames(MAIL), ...contentFrames(MAIL)]);
      for (let i = 0; i < 5; i++) valid[random(valid.length)] = random(256);
      mta.send(valid);
      mta.socket.end();
      while ((await mta.answer()) !== undefined);
    }
    expect(log.filter((line) => !line.startsWith('milter protocol: '))).toEqual([]);
    expect(await (await ready()).deliver(MAIL)).toEqual(['e <>', 'a']);
  });
});

describe('a server that is stopped', () => {
  test('closes idle connections and lets a message finish', async () => {
    const idle = await ready();
    const busy = await ready();
    busy.send(...mailFrames(MAIL));
    expect(await busy.answer()).toBe('c');
    const closed = milter.close(10_000);
    expect(await idle.answer()).toBeUndefined();
    busy.send(...contentFrames(MAIL));
    expect([await busy.answer(), await busy.answer()]).toEqual(['e <>', 'a']);
    expect(await busy.answer()).toBeUndefined();
    await closed;
  });

  test('does not wait for ever', async () => {
    const busy = await ready();
    busy.send(...mailFrames(MAIL));
    expect(await busy.answer()).toBe('c');
    await milter.close(50);
    expect(await busy.answer()).toBeUndefined();
  });
});
