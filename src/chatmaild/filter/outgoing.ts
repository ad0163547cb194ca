import type { MessageChange, SmtpReply } from '../milter/answers.ts';
import type { MessageFilter, Sender, Verdict } from '../milter/session.ts';
import type { HeaderField } from '../mime/header-fields.ts';
import { fieldValues } from '../mime/header-fields.ts';
import type { Address } from './address.ts';
import { formatAddress, parseAddress, parseFrom, sameAddress } from './address.ts';
import type { BodyCheck } from './body-check.ts';
import { bodyCheck } from './body-check.ts';
import { HeaderList, removals, replacement } from './header-list.ts';
import type { Log } from './log.ts';
import { logRefusal } from './log.ts';
import type { Refusal } from './replies.ts';
import * as replies from './replies.ts';
import type { SendRates } from './send-rate.ts';

/** What says something of the sender's device or of where it is. */
const CLIENT_HEADERS = ['received', 'user-agent', 'x-mailer', 'x-originating-ip'];

export interface OutgoingSurroundings {
  readonly rates: SendRates;
  /** Milliseconds of a clock that does not jump. */
  readonly now: () => number;
  readonly log: Log;
}

/** The sender's address when it is the login. */
const ownAddress = ({ address, login }: Sender): Address | undefined => {
  const sender = parseAddress(address);
  const owner = login === undefined ? undefined : parseAddress(login);
  return sender && owner && sameAddress(sender, owner) ? owner : undefined;
};

const hasFrom = (fields: readonly HeaderField[], owner: Address): boolean => {
  const [value, ...more] = fieldValues(fields, 'from');
  const from = value === undefined ? undefined : parseFrom(value);
  return from !== undefined && more.length === 0 && sameAddress(from, owner);
};

/** Changes that keep what the relay does not need to know from the recipients, and from servers. */
const anonymize = (fields: readonly HeaderField[]): MessageChange[] => [
  ...removals(fields, CLIENT_HEADERS),
  ...replacement(fields, 'Subject', '[...]'),
];

/** Mail that the relay's own users submit. */
export class OutgoingFilter implements MessageFilter {
  readonly #surroundings: OutgoingSurroundings;
  readonly #header = new HeaderList();
  #owner: Address | undefined;
  #check: BodyCheck | undefined;

  constructor(surroundings: OutgoingSurroundings) {
    this.#surroundings = surroundings;
  }

  mail(sender: Sender): SmtpReply | undefined {
    const { rates, now, log } = this.#surroundings;
    this.#owner = ownAddress(sender);
    if (!this.#owner) return logRefusal(log, 'NOQUEUE', 'outgoing', replies.SENDER_NOT_LOGIN);
    if (rates.allows(formatAddress(this.#owner), now())) return undefined;
    return logRefusal(log, 'NOQUEUE', 'outgoing', replies.TOO_FAST);
  }

  rcpt(): void {}

  header(name: string, value: string): void {
    this.#header.add(name, value);
  }

  endOfHeaders(): void {
    this.#check = bodyCheck(this.#header.fields, { allowVersion: false });
  }

  body(chunk: Buffer): void {
    this.#check?.push(chunk);
  }

  async endOfMessage(queueId: string): Promise<Verdict> {
    const refusal = this.#refusal();
    if (!refusal) return { kind: 'accept', changes: anonymize(this.#header.fields) };
    const reply = logRefusal(this.#surroundings.log, queueId, 'outgoing', refusal);
    return { kind: 'refuse', reply };
  }

  #refusal(): Refusal | undefined {
    if (this.#header.tooLarge) return replies.HEADER_TOO_LARGE;
    if (!this.#owner || !hasFrom(this.#header.fields, this.#owner)) return replies.FROM_NOT_SENDER;
    const problem = this.#check ? this.#check.finish() : 'no body';
    return problem === undefined ? undefined : replies.NOT_ENCRYPTED(problem);
  }
}
