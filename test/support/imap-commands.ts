/** An IMAP client that sends what a test says and gives what comes back, for what ImapFlow does not do. */
import { connect, type TLSSocket } from 'node:tls';
import type { Login } from './delivery.ts';
import type { SmtpTarget } from './smtp.ts';

const TIMEOUT_MS = 30_000;

export class ImapCommands {
  readonly #socket: TLSSocket;
  #received = '';
  #ended = false;
  #wakeUp: () => void = () => {};
  #count = 0;

  static async login(target: SmtpTarget, login: Login): Promise<ImapCommands> {
    const socket = connect({
      host: target.address,
      port: 993,
      servername: target.domain,
      rejectUnauthorized: false,
    });
    const session = new ImapCommands(socket);
    const answer = await session.command(`LOGIN ${login.address} "${login.password}"`);
    if (!/^a1 OK/m.test(answer)) throw new Error(`IMAP: login as ${login.address}: ${answer}`);
    return session;
  }

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (data: string) => {
      this.#received += data;
      this.#wakeUp();
    });
    const end = () => {
      this.#ended = true;
      this.#wakeUp();
    };
    socket.on('error', end).on('close', end);
  }

  /**
   * Sends a command and gives everything up to its tagged line. Literals are of the kind that does
   * not wait (RFC 7888): `{3+}\r\nabc`. Each character is one byte.
   */
  async command(line: string): Promise<string> {
    this.#count += 1;
    const tag = `a${this.#count}`;
    this.#socket.write(`${tag} ${line}\r\n`, 'latin1');
    const tagged = new RegExp(`^(?:[^]*\\r\\n)?${tag} (?:OK|NO|BAD)[^\\r\\n]*\\r\\n`);
    const deadline = Date.now() + TIMEOUT_MS;
    for (;;) {
      const [answer] = tagged.exec(this.#received) ?? [];
      if (answer !== undefined) {
        this.#received = this.#received.slice(answer.length);
        return answer;
      }
      if (this.#ended) throw new Error(`IMAP: the connection was closed. ${this.#received}`);
      await this.#arrival(deadline - Date.now());
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  async #arrival(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error('IMAP: no answer in time.')),
        Math.max(timeoutMs, 1),
      );
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
