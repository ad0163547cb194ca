import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { Frame } from '../../../src/chatmaild/milter/frames.ts';
import { encodeFrame, FrameDecoder } from '../../../src/chatmaild/milter/frames.ts';
import { WANTED_ACTIONS, WANTED_STEPS } from '../../../src/chatmaild/milter/protocol.ts';

const text = (...words: readonly string[]): Buffer =>
  Buffer.from(words.map((word) => `${word}\0`).join(''), 'latin1');

export const negotiation = (version = 6, actions = WANTED_ACTIONS, steps = WANTED_STEPS) => {
  const data = Buffer.alloc(12);
  data.writeUInt32BE(version, 0);
  data.writeUInt32BE(actions, 4);
  data.writeUInt32BE(steps, 8);
  return encodeFrame('O', data);
};

export interface Mail {
  readonly login?: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly header: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** The frames of a message's envelope, up to MAIL. */
export const mailFrames = ({ login, sender }: Mail): Buffer[] => [
  encodeFrame('D', text('M').subarray(0, 1), text('{auth_authen}', login ?? '')),
  encodeFrame('M', text(`<${sender}>`, 'SIZE=100')),
];

/** The frames of a message's recipients and content. */
export const contentFrames = ({ recipients, header, body }: Mail): Buffer[] => [
  ...recipients.map((recipient) => encodeFrame('R', text(`<${recipient}>`))),
  encodeFrame('D', Buffer.from('R'), text('i', '4Qabc')),
  ...header.map(([name, value]) => encodeFrame('L', text(name, value))),
  encodeFrame('N'),
  ...(body.match(/[\s\S]{1,65535}/g) ?? []).map((piece) =>
    encodeFrame('B', Buffer.from(piece, 'latin1')),
  ),
  encodeFrame('E'),
];

/** `y 523 5.7.1 ...`, with numbers in front of text as they are. */
const describe = ({ command, data }: Frame): string => {
  const strings = command === 'm' || command === 'i' ? data.subarray(4) : data;
  const index = command === 'm' || command === 'i' ? ` ${data.readUInt32BE(0)}` : '';
  const words = command === 'O' ? '' : strings.toString('latin1').replace(/\0$/, '');
  return `${command}${index} ${words.replaceAll('\0', ':')}`.trim();
};

/** The mail server's side of a milter connection. */
export class MilterClient {
  readonly socket: Socket;
  readonly #answers: AsyncIterator<string>;

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.on('error', () => {});
    this.#answers = this.#read();
  }

  async *#read(): AsyncGenerator<string> {
    const decoder = new FrameDecoder();
    try {
      for await (const chunk of this.socket as AsyncIterable<Buffer>) {
        for (const frame of decoder.push(chunk)) yield describe(frame);
      }
    } catch {
      // A connection that breaks has no more answers, like one that ends.
    }
  }

  send(...frames: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  /** The next answer; undefined when the connection is closed instead. */
  async answer(): Promise<string | undefined> {
    const next = await this.#answers.next();
    return next.done ? undefined : next.value;
  }

  /** Changes and verdict of a message. */
  async deliver(mail: Mail): Promise<string[]> {
    this.send(...mailFrames(mail));
    const first = await this.answer();
    if (first !== 'c') return [first ?? 'closed'];
    this.send(...contentFrames(mail));
    const answers: string[] = [];
    for (;;) {
      const answer = await this.answer();
      answers.push(answer ?? 'closed');
      if (answer === undefined || !/^[im] \d|^e/.test(answer)) return answers;
    }
  }
}
