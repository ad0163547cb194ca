/** The server that Dovecot's `proxy` dict driver talks to, on a unix socket. */
import { createServer, type Server, type Socket } from 'node:net';
import { DictProtocolError, parseCommand } from './commands.ts';
import { LineReader } from './lines.ts';
import { DictSession } from './session.ts';
import type { DictTable } from './table.ts';

/** Dovecot keeps a connection for as long as its IMAP process; it opens another one when needed. */
const IDLE_TIMEOUT_MS = 10 * 60 * 1000;

export interface DictServer {
  /** For the caller to listen with. */
  readonly server: Server;
  /** Hangs up on clients that wait for nothing, and on the others after their answer. */
  hangUp(): void;
}

/** @param log told of failures, in few and fixed texts without addresses or values */
export const createDictServer = (
  tables: readonly DictTable[],
  maxConnections: number,
  log: (text: string) => void,
): DictServer => {
  const idle = new Set<Socket>();
  const server = createServer((socket) => {
    idle.add(socket);
    socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy());
    // Without a listener an error event would end the process; the loop below sees the error too.
    socket.on('error', () => {});
    converse(socket, new DictSession(tables, log))
      .catch((error: unknown) => {
        if (error instanceof DictProtocolError) log(`dict: ${error.message}`);
      })
      .finally(() => {
        idle.delete(socket);
        socket.destroy();
      });
  });
  server.maxConnections = maxConnections;

  const converse = async (socket: Socket, session: DictSession): Promise<void> => {
    const lines = new LineReader();
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      idle.delete(socket);
      for (const line of lines.push(chunk)) {
        const answer = await session.handle(parseCommand(line));
        // One answer at a time, so that a client that does not read costs nothing.
        if (answer !== '') await new Promise((resolve) => socket.write(answer, 'latin1', resolve));
      }
      if (!server.listening) return;
      idle.add(socket);
    }
  };

  return {
    server,
    hangUp: () => {
      for (const socket of idle) socket.destroy();
    },
  };
};
