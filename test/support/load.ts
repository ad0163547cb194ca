/** Traffic on a relay that does not end: people who write all the time and people who wait for mail. */
import { vi } from 'vitest';
import { type LabHost, onHost } from './cmdeploy.ts';
import type { Login } from './delivery.ts';
import { newCredentials } from './deltachat.ts';
import { IdleClient } from './idle.ts';
import { ImapCommands } from './imap-commands.ts';
import { armoredMessage } from './messages.ts';
import { SteadySender } from './steady-sender.ts';

/** All of them wait in IDLE and write a message every two seconds: 10 messages a second. */
const CLIENTS = 20;
/** To whom they write; to the others nobody does, so Dovecot lets their connections hibernate. */
const BUSY = 10;
const MESSAGE_BYTES = 3000;
const PATIENCE = { timeout: 180_000, interval: 500 };

/** What happened between two moments. */
export interface Counts {
  /** Messages that were answered with 250. */
  readonly accepted: number;
  /** Temporary refusals, by text. */
  readonly refused: Readonly<Record<string, number>>;
  /** Connections of senders that were closed or not accepted, by what the client saw. */
  readonly cutOff: Readonly<Record<string, number>>;
  /** IDLE connections that the server ended. */
  readonly dropped: number;
}

/** Of all messages that were accepted. */
export interface Outcome {
  readonly accepted: number;
  readonly lost: readonly string[];
  readonly duplicates: number;
}

export class Load {
  readonly #relay: LabHost;
  readonly #idle: readonly IdleClient[];
  readonly #senders: readonly SteadySender[];
  readonly #running: Promise<unknown>;

  /** Makes the accounts and lets them begin. */
  static async start(relay: LabHost): Promise<Load> {
    const idle: IdleClient[] = [];
    for (let count = 0; count < CLIENTS; count += 1) {
      idle.push(await IdleClient.start(relay, newCredentials(relay.domain)));
    }
    const armored = await armoredMessage(MESSAGE_BYTES);
    return new Load(relay, idle, armored);
  }

  private constructor(relay: LabHost, idle: readonly IdleClient[], armored: string) {
    this.#relay = relay;
    this.#idle = idle;
    this.#senders = idle.map(({ login }, index) => {
      const to = idle[(index + 1) % BUSY]?.login ?? login;
      return new SteadySender({
        target: relay,
        port: index % 2 === 0 ? 465 : 587,
        keepsConnection: index % 4 < 2,
        from: login,
        to,
        armored,
      });
    });
    this.#running = Promise.all(this.#senders.map((sender) => sender.run()));
    // Whoever waits for it hears of it; until then it is not unhandled.
    this.#running.catch(() => undefined);
  }

  /** Counts what happens while `work` is done, and until everybody has been heard afterwards. */
  async during(work: () => Promise<unknown>): Promise<Counts> {
    const accepted = this.#accepted().length;
    const dropped = this.dropped.length;
    const seen = this.#senders.map(({ incidents }) => incidents.length);
    await Promise.race([work(), this.#running]);
    await this.#everybodyWrites();
    const news = this.#senders.flatMap(({ incidents }, index) => incidents.slice(seen[index]));
    const countsOf = (kind: string): Record<string, number> =>
      tally(news.filter((incident) => incident.kind === kind).map(({ what }) => what));
    return {
      accepted: this.#accepted().length - accepted,
      refused: countsOf('refused'),
      cutOff: countsOf('cut-off'),
      dropped: this.dropped.length - dropped,
    };
  }

  /** Why IDLE connections were ended, as far as the server said. */
  get dropped(): string[] {
    return this.#idle.flatMap(({ dropped }) => (dropped === undefined ? [] : [dropped]));
  }

  /** Ends the traffic, writes once more to everybody, and counts what arrived where it should. */
  async settle(): Promise<Outcome> {
    for (const sender of this.#senders) sender.stop();
    await this.#running;
    const [sender] = this.#senders;
    for (const { login } of this.#idle) await sender?.write(login);
    // What was deferred meanwhile would come by itself a minute later.
    await onHost(this.#relay, 'postqueue', '-f');
    const accepted = this.#accepted();
    const missing = async () => {
      const there = new Set(await this.#arrived());
      return accepted.filter(({ id }) => !there.has(id)).map(({ id }) => id);
    };
    const complete = vi.waitUntil(async () => (await missing()).length === 0, PATIENCE);
    await complete.catch(() => undefined);
    const lost = await missing();
    return {
      accepted: accepted.length,
      lost,
      duplicates: (await this.#arrived()).length - (accepted.length - lost.length),
    };
  }

  /** How many of the clients were told of all the messages in their INBOX. */
  async told(): Promise<number> {
    const expected = tally(this.#accepted().map(({ to }) => to.address));
    const informed = () =>
      this.#idle.filter(({ login, exists }) => exists >= (expected[login.address] ?? 0)).length;
    await vi.waitUntil(() => informed() === CLIENTS, PATIENCE).catch(() => undefined);
    return informed();
  }

  close(): void {
    for (const sender of this.#senders) sender.stop();
    for (const client of this.#idle) client.close();
  }

  #accepted(): { id: string; to: Login }[] {
    return this.#senders.flatMap(({ accepted }) => accepted);
  }

  async #everybodyWrites(): Promise<void> {
    const before = this.#senders.map(({ accepted }) => accepted.length);
    const all = () =>
      this.#senders.every(({ accepted }, index) => accepted.length > (before[index] ?? 0));
    await Promise.race([vi.waitUntil(all, PATIENCE), this.#running]);
  }

  /** Message-IDs of all messages in all mailboxes. */
  async #arrived(): Promise<string[]> {
    const ids: string[] = [];
    for (const { login } of this.#idle) {
      const session = await ImapCommands.login(this.#relay, login);
      await session.command('SELECT INBOX');
      const fields = await session.command('FETCH 1:* BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]');
      session.close();
      ids.push(...[...fields.matchAll(/^Message-ID: <([^>]+)>/gim)].map(([, id = '']) => id));
    }
    return ids;
  }
}

const tally = (words: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
};
