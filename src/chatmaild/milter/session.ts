import type { MessageChange, SmtpReply } from './answers.ts';
import {
  encodeAccept,
  encodeChange,
  encodeContinue,
  encodeNegotiation,
  encodeReply,
} from './answers.ts';
import type { MilterCommand } from './commands.ts';
import { MILTER_VERSION, MilterProtocolError, WANTED_ACTIONS, WANTED_STEPS } from './protocol.ts';

/** What becomes of a message. */
export type Verdict =
  | { readonly kind: 'accept'; readonly changes: readonly MessageChange[] }
  | { readonly kind: 'refuse'; readonly reply: SmtpReply };

export interface Sender {
  /** Envelope sender, without brackets; empty for the null sender. */
  readonly address: string;
  /** SASL login, undefined for an unauthenticated client. */
  readonly login: string | undefined;
}

/** A message on its way through a filter; the calls come in the order of SMTP. */
export interface MessageFilter {
  /** A reply refuses the sender, and with it the message. */
  mail(sender: Sender): SmtpReply | undefined;
  rcpt(address: string): void;
  /** `value` begins right after the colon; folded lines are joined by LF or CRLF. */
  header(name: string, value: string): void;
  endOfHeaders(): void;
  body(chunk: Buffer): void;
  /** `queueId` is Postfix's, for the log. */
  endOfMessage(queueId: string): Promise<Verdict>;
}

/** Makes the filter of the next message. */
export type NewMessageFilter = () => MessageFilter;

type Phase = 'negotiate' | 'mail' | 'rcpt' | 'header' | 'body';

/** In which phases a command may come: RFC 5321's order, as Postfix keeps it. */
const ALLOWED: Readonly<Record<string, readonly Phase[]>> = {
  negotiate: ['negotiate'],
  mail: ['mail'],
  rcpt: ['rcpt'],
  header: ['rcpt', 'header'],
  endOfHeaders: ['rcpt', 'header'],
  body: ['body'],
  endOfMessage: ['body'],
};

/** The conversation on one milter connection: any number of messages, one after the other. */
export class MilterSession {
  readonly #newFilter: NewMessageFilter;
  #phase: Phase = 'negotiate';
  #macros = new Map<string, string>();
  #message: MessageFilter | undefined;

  constructor(newFilter: NewMessageFilter) {
    this.#newFilter = newFilter;
  }

  /** No message is under way. */
  get idle(): boolean {
    return this.#message === undefined;
  }

  /**
   * What to send in answer to a command; `'close'` ends the connection. Commands must be given one
   * after the other, each when the one before is answered.
   * @throws MilterProtocolError when the command is out of order.
   */
  async handle(command: MilterCommand): Promise<readonly Buffer[] | 'close'> {
    const phases = ALLOWED[command.kind];
    if (phases && !phases.includes(this.#phase)) {
      throw new MilterProtocolError(`${command.kind} in phase ${this.#phase}`);
    }
    switch (command.kind) {
      case 'negotiate':
        return this.#negotiate(command);
      case 'macros':
        for (const [name, value] of command.values) this.#macros.set(name, value);
        return [];
      case 'mail':
        return this.#mail(command.address);
      case 'abort':
        this.#reset();
        return [];
      case 'quitNewConnection':
        this.#reset();
        this.#phase = 'negotiate';
        return [];
      case 'quit':
        return 'close';
      case 'ignored':
        return [encodeContinue()];
      default:
        return this.#content(command, this.#current());
    }
  }

  #current(): MessageFilter {
    if (!this.#message) throw new MilterProtocolError('message content before its sender');
    return this.#message;
  }

  #negotiate(offer: { version: number; actions: number; steps: number }): Buffer[] {
    const lacksActions = (offer.actions & WANTED_ACTIONS) !== WANTED_ACTIONS;
    const lacksSteps = (offer.steps & WANTED_STEPS) !== WANTED_STEPS;
    if (offer.version < MILTER_VERSION || lacksActions || lacksSteps) {
      throw new MilterProtocolError('the mail server offers less than milter protocol 6');
    }
    this.#phase = 'mail';
    return [encodeNegotiation()];
  }

  #mail(address: string): Buffer[] {
    const login = this.#macros.get('auth_authen');
    const message = this.#newFilter();
    const refusal = message.mail({ address, login: login === '' ? undefined : login });
    if (refusal) {
      this.#reset();
      return [encodeReply(refusal)];
    }
    this.#message = message;
    this.#phase = 'rcpt';
    return [encodeContinue()];
  }

  async #content(command: MilterCommand, message: MessageFilter): Promise<readonly Buffer[]> {
    switch (command.kind) {
      case 'rcpt':
        message.rcpt(command.address);
        return [];
      case 'header':
        this.#phase = 'header';
        message.header(command.name, command.value);
        return [];
      case 'endOfHeaders':
        this.#phase = 'body';
        message.endOfHeaders();
        return [];
      case 'body':
        message.body(command.chunk);
        return [];
      default:
        return this.#endOfMessage(message);
    }
  }

  async #endOfMessage(message: MessageFilter): Promise<readonly Buffer[]> {
    const verdict = await message.endOfMessage(this.#macros.get('i') ?? 'NOQUEUE');
    this.#reset();
    if (verdict.kind === 'refuse') return [encodeReply(verdict.reply)];
    return [...verdict.changes.map(encodeChange), encodeAccept()];
  }

  #reset(): void {
    this.#message = undefined;
    this.#macros.clear();
    if (this.#phase !== 'negotiate') this.#phase = 'mail';
  }
}
