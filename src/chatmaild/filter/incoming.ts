import type { MessageChange, SmtpReply } from '../milter/answers.ts';
import type { MessageFilter, Sender, Verdict } from '../milter/session.ts';
import { parseContentType } from '../mime/content-type.ts';
import type { HeaderField } from '../mime/header-fields.ts';
import { asciiLowerCase, fieldValues, singleField } from '../mime/header-fields.ts';
import type { AskCleartext } from './accounts-client.ts';
import type { Address } from './address.ts';
import { isIpLiteral, parseFrom } from './address.ts';
import type { BodyCheck } from './body-check.ts';
import { bodyCheck } from './body-check.ts';
import type { DkimResult } from './dkim/verifier.ts';
import { DkimVerifier } from './dkim/verifier.ts';
import type { LookupTxt } from './dns.ts';
import { HeaderList, removals } from './header-list.ts';
import type { Log } from './log.ts';
import { logRefusal } from './log.ts';
import type { Refusal } from './replies.ts';
import * as replies from './replies.ts';

/** What servers on the way have written; nobody needs it once it has been checked. */
const TRACE_HEADERS = ['dkim-signature', 'authentication-results', 'received'];

export interface IncomingSurroundings {
  readonly lookup: LookupTxt;
  readonly askCleartext: AskCleartext;
  /** Seconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

const onlyFrom = (fields: readonly HeaderField[]): Address | undefined => {
  const [value, ...more] = fieldValues(fields, 'from');
  return value === undefined || more.length > 0 ? undefined : parseFrom(value);
};

/** A bounce or another report of a mail server (RFC 6522), which cannot be encrypted. */
export const isReport = (fields: readonly HeaderField[], from: Address): boolean => {
  const submitted = singleField(fields, 'auto-submitted');
  const contentType = parseContentType(singleField(fields, 'content-type') ?? '');
  return (
    from.local === 'mailer-daemon' &&
    typeof submitted === 'string' &&
    /^auto-/i.test(submitted) &&
    contentType?.type === 'multipart/report'
  );
};

/**
 * Only the From domain has been verified, so bounces may go nowhere else: an envelope sender of
 * another domain is blanked.
 */
const senderChanges = (sender: string, from: Address): MessageChange[] => {
  const domain = asciiLowerCase(sender.slice(sender.lastIndexOf('@') + 1));
  return sender === '' || domain === from.domain ? [] : [{ kind: 'changeFrom', address: '' }];
};

const dkimRefusal = (result: DkimResult): Refusal | undefined => {
  switch (result.kind) {
    case 'valid':
      return undefined;
    case 'missing':
      return replies.DKIM_MISSING;
    case 'invalid':
      return replies.DKIM_INVALID(result.why);
    case 'later':
      return replies.DKIM_LATER;
  }
};

/** Mail from other servers to the relay's users. */
export class IncomingFilter implements MessageFilter {
  readonly #surroundings: IncomingSurroundings;
  readonly #header = new HeaderList();
  readonly #recipients: string[] = [];
  #sender = '';
  #from: Address | undefined;
  #dkim: DkimVerifier | undefined;
  #check: BodyCheck | undefined;

  constructor(surroundings: IncomingSurroundings) {
    this.#surroundings = surroundings;
  }

  mail(sender: Sender): SmtpReply | undefined {
    this.#sender = sender.address;
    return undefined;
  }

  rcpt(address: string): void {
    this.#recipients.push(address);
  }

  header(name: string, value: string): void {
    this.#header.add(name, value);
  }

  endOfHeaders(): void {
    const { lookup, now } = this.#surroundings;
    const { fields } = this.#header;
    this.#from = onlyFrom(fields);
    if (!this.#from) return;
    if (!isIpLiteral(this.#from.domain)) {
      this.#dkim = new DkimVerifier(fields, this.#from.domain, lookup, now());
    }
    this.#check = bodyCheck(fields, { allowVersion: true });
  }

  body(chunk: Buffer): void {
    this.#dkim?.body(chunk);
    this.#check?.push(chunk);
  }

  async endOfMessage(queueId: string): Promise<Verdict> {
    if (this.#header.tooLarge) return this.#refuse(queueId, replies.HEADER_TOO_LARGE);
    if (!this.#from || !this.#check) return this.#refuse(queueId, replies.FROM_INVALID);
    const dkim = this.#dkim ? dkimRefusal(await this.#dkim.finish()) : undefined;
    const refusal = dkim ?? (await this.#cleartextRefusal(this.#from, this.#check));
    if (refusal) return this.#refuse(queueId, refusal);
    const changes = [
      ...removals(this.#header.fields, TRACE_HEADERS),
      ...senderChanges(this.#sender, this.#from),
    ];
    return { kind: 'accept', changes };
  }

  #refuse(queueId: string, refusal: Refusal): Verdict {
    const reply = logRefusal(this.#surroundings.log, queueId, 'incoming', refusal);
    return { kind: 'refuse', reply };
  }

  async #cleartextRefusal(from: Address, check: BodyCheck): Promise<Refusal | undefined> {
    const problem = check.finish();
    if (problem === undefined || isReport(this.#header.fields, from)) return undefined;
    const allowed = await this.#surroundings.askCleartext(this.#recipients);
    if (allowed === 'unreachable') return replies.ACCOUNTS_DOWN;
    return allowed ? undefined : replies.NOT_ENCRYPTED(problem);
  }
}
