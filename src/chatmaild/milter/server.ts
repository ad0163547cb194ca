import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { parseCommand } from './commands.ts';
import { FrameDecoder } from './frames.ts';
import { MilterProtocolError } from './protocol.ts';
import type { NewMessageFilter } from './session.ts';
import { MilterSession } from './session.ts';

/** Postfix ends a silent SMTP session after five minutes; this only catches connections it lost. */
const IDLE_TIMEOUT_MS = 60 * 60 * 1000;

/** Serves one milter socket. */
export class MilterServer {
  /** For the caller to listen with. */
  readonly server: Server;
  readonly #sessions = new Map<Socket, MilterSession>();
  readonly #newFilter: NewMessageFilter;
  readonly #log: (line: string) => void;

  constructor(newFilter: NewMessageFilter, log: (line: string) => void) {
    this.#newFilter = newFilter;
    this.#log = log;
    this.server = createServer((socket) => void this.#serve(socket));
  }

  /**
   * Stops accepting, closes connections without a message under way, and waits for the others at
   * most `graceMs` milliseconds.
   */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const [socket, session] of this.#sessions) if (session.idle) socket.destroy();
    const deadline = setTimeout(() => {
      for (const socket of this.#sessions.keys()) socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(deadline);
  }

  async #serve(socket: Socket): Promise<void> {
    const session = new MilterSession(this.#newFilter);
    this.#sessions.set(socket, session);
    socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy());
    // Without a listener an error event would end the process; the loop below sees the error too.
    socket.on('error', () => {});
    try {
      await this.#converse(socket, session);
    } catch (error) {
      // A connection that the server just drops is its way to give up; only its mistakes are news.
      if (error instanceof MilterProtocolError) this.#log(`milter protocol: ${error.message}`);
      else if (!isConnectionError(error)) this.#log(`milter session failed: ${String(error)}`);
    } finally {
      this.#sessions.delete(socket);
      socket.destroy();
    }
  }

  async #converse(socket: Socket, session: MilterSession): Promise<void> {
    const frames = new FrameDecoder();
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      for (const frame of frames.push(chunk)) {
        const answer = await session.handle(parseCommand(frame));
        if (answer === 'close') return;
        if (answer.length > 0) socket.write(Buffer.concat(answer));
        if (session.idle && !this.server.listening) {
          await new Promise<void>((resolve) => socket.end(resolve));
          return;
        }
      }
    }
  }
}

/** The mail server hung up in the middle: its right, and nothing to report. */
const isConnectionError = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(String(error.code));
