/** A client that writes a message every two seconds, and tries again until each is taken. */
import { setTimeout as sleep } from 'node:timers/promises';
import { deliver, type Login } from './delivery.ts';
import { type Built, CONTROL_PART, pgpMime } from './messages.ts';
import { type SmtpReply, SmtpSession, type SmtpTarget } from './smtp.ts';

const PERIOD_MS = 2000;
const RETRY_MS = 500;

/** What stood in its way for a while. */
export interface Incident {
  /** `cut-off`: the connection was closed or not accepted. */
  readonly kind: 'refused' | 'cut-off';
  readonly what: string;
}

export interface Accepted {
  readonly id: string;
  readonly to: Login;
}

export interface SenderOptions {
  readonly target: SmtpTarget;
  readonly port: 465 | 587;
  /** Whether one connection serves for all messages, or each has its own. */
  readonly keepsConnection: boolean;
  readonly from: Login;
  readonly to: Login;
  /** Encrypted, once for all messages. */
  readonly armored: string;
}

export class SteadySender {
  readonly accepted: Accepted[] = [];
  readonly incidents: Incident[] = [];
  readonly #options: SenderOptions;
  #session: SmtpSession | undefined;
  #stopped = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Writes until {@link stop}; throws when something is refused for good. */
  async run(): Promise<void> {
    let due = performance.now() + Math.random() * PERIOD_MS;
    while (!this.#stopped) {
      await sleep(Math.max(due - performance.now(), 0));
      due += PERIOD_MS;
      await this.write(this.#options.to);
    }
    await this.#hangUp();
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Submits one message, as often as it takes. */
  async write(to: Login): Promise<void> {
    const { from, armored } = this.#options;
    const parts = [CONTROL_PART, ['application/octet-stream', armored] as const];
    const message = await pgpMime({ from: from.address, to: to.address }, { parts });
    while (!(await this.#submit(message, to))) await sleep(RETRY_MS);
    this.accepted.push({ id: message.id, to });
    if (!this.#options.keepsConnection) await this.#hangUp();
  }

  async #hangUp(): Promise<void> {
    await this.#session?.quit();
    this.#session = undefined;
  }

  /** Whether it was taken. */
  async #submit(message: Built, to: Login): Promise<boolean> {
    let reply: SmtpReply;
    try {
      this.#session ??= await this.#connect();
      const envelope = { from: this.#options.from.address, to: [to.address] };
      reply = await deliver(this.#session, envelope, message.source);
    } catch (error) {
      return this.#again('cut-off', String(error).split('\n')[0] ?? '');
    }
    if (reply.code === 250) return true;
    return this.#again('refused', `${reply.code} ${reply.text}`);
  }

  /** Throws when it is of no use. */
  #again(kind: Incident['kind'], what: string): false {
    if (/^5|535/.test(what)) throw new Error(`${this.#options.from.address}: ${what}`);
    this.#session?.abort();
    this.#session = undefined;
    this.incidents.push({ kind, what });
    return false;
  }

  async #connect(): Promise<SmtpSession> {
    const { target, port, from } = this.#options;
    const session = await SmtpSession.connect(target, port);
    try {
      await session.ehlo();
      if (port === 587) {
        await session.startTls();
        await session.ehlo();
      }
      const { code, text } = await session.authPlain(from.address, from.password);
      if (code !== 235) throw new Error(`login: ${code} ${text}`);
      return session;
    } catch (error) {
      session.abort();
      throw error;
    }
  }
}
