import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LabHost } from '../../test/support/cmdeploy.ts';
import { deliver, type Login, openSubmission } from '../../test/support/delivery.ts';
import type { Built } from '../../test/support/messages.ts';
import type { SmtpSession } from '../../test/support/smtp.ts';
import { idling, makeAccounts } from './accounts.ts';
import type { ImapConnection } from './imap-connection.ts';
import { savedMessages } from './maildir.ts';
import { chatMessages } from './messages.ts';

/** Times are milliseconds from the first byte of MAIL FROM, on a connection that is logged in. */
export interface Delivery {
  readonly route: string;
  /** Message-ID, without brackets. */
  readonly id: string;
  /** Unix time in milliseconds. */
  readonly startedAt: number;
  /** The sending relay's 250 for the message. */
  readonly acceptedMs: number;
  /** EXISTS on the recipient's IDLE connection. */
  readonly existsMs: number;
  /** The last byte of the message: DONE and FETCH come after EXISTS. */
  readonly fetchedMs: number;
}

/** A pause of random length between messages keeps in step with no timer of the relay. */
const PAUSE_MS = { least: 20, most: 220 } as const;

interface Parties {
  readonly from: Login;
  readonly to: Login;
  readonly recipient: LabHost;
}

/** Carries messages from one account to another over connections that stay open. */
export class Courier {
  readonly #route: string;
  readonly #from: Login;
  readonly #to: Login;
  readonly #submission: SmtpSession;
  readonly #mailbox: ImapConnection;
  readonly #messages: Built[];
  readonly #recipient: LabHost;

  static async between(
    route: string,
    sender: LabHost,
    recipient: LabHost,
    messages: number,
  ): Promise<Courier> {
    const from = await oneAccount(sender);
    const to = await oneAccount(recipient);
    const addresses = { from: from.address, to: to.address };
    return new Courier(
      route,
      { from, to, recipient },
      await openSubmission(sender, from),
      await idling(recipient, to),
      await chatMessages(addresses, messages),
    );
  }

  private constructor(
    route: string,
    { from, to, recipient }: Parties,
    submission: SmtpSession,
    mailbox: ImapConnection,
    messages: Built[],
  ) {
    this.#route = route;
    this.#from = from;
    this.#to = to;
    this.#recipient = recipient;
    this.#submission = submission;
    this.#mailbox = mailbox;
    this.#messages = messages;
  }

  /** Carries the next message; the recipient is in IDLE again when this ends. */
  async carry(): Promise<Delivery> {
    const message = this.#messages.pop();
    if (!message) throw new Error('no message is left');
    await sleep(PAUSE_MS.least + Math.random() * (PAUSE_MS.most - PAUSE_MS.least));
    const envelope = { from: this.#from.address, to: [this.#to.address] };
    const startedAt = Date.now();
    const started = performance.now();
    const reply = await deliver(this.#submission, envelope, message.source);
    const accepted = performance.now();
    if (reply.code !== 250) throw new Error(`not accepted: ${reply.code} ${reply.text}`);
    const exists = await this.#mailbox.waitFor(/^\* \d+ EXISTS/);
    await this.#mailbox.done();
    const fetched = (await this.#mailbox.command('FETCH * BODY.PEEK[]')).join('');
    const ended = performance.now();
    if (!fetched.includes(message.id)) throw new Error(`another message came: ${fetched}`);
    await this.#mailbox.idle();
    return {
      route: this.#route,
      id: message.id,
      startedAt,
      acceptedMs: accepted - started,
      existsMs: exists.at - started,
      fetchedMs: ended - started,
    };
  }

  /** When Dovecot began to save each message, by Message-ID. */
  async savedAt(): Promise<Map<string, number>> {
    return await savedMessages(this.#recipient, this.#to.address);
  }

  close(): void {
    this.#submission.abort();
    this.#mailbox.abort();
  }
}

const oneAccount = async (relay: LabHost): Promise<Login> => {
  const [login] = await makeAccounts(relay, 1, 1);
  if (!login) throw new Error('no account was made');
  return login;
};
