/**
 * What a person does with Delta Chat, done with its real core: log in, meet by SecureJoin, write,
 * receive. Each operation ends when the client says that it has happened.
 */
import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { T } from '@deltachat/jsonrpc-client';
import type { DeltaChatCore } from './deltachat-core.ts';

const LOGIN_TIMEOUT_MS = 90_000;
const SECURE_JOIN_TIMEOUT_MS = 90_000;
const POLL_MS = 200;

export interface Credentials {
  readonly address: string;
  readonly password: string;
}

function randomText(length: number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** An address and a password such as the client invents by itself. */
export function newCredentials(domain: string): Credentials {
  return { address: `${randomText(9)}@${domain}`, password: randomText(20) };
}

/** The login URL of an account on a relay with a self-signed certificate (`ic=3`: accept it). */
export function dcloginUrl({ address, password }: Credentials): string {
  const domain = address.slice(address.indexOf('@') + 1);
  const host = encodeURIComponent(domain.replace(/^\[(?:ipv6:)?(.*)\]$/i, '$1'));
  return `dclogin:${encodeURI(address)}?p=${encodeURIComponent(password)}&v=1&ih=${host}&sh=${host}&ic=3`;
}

/** A message on its way; times are `performance.now()`. */
export interface Sent {
  readonly id: number;
  readonly text: string;
  readonly at: number;
}

export interface Received {
  readonly message: T.Message;
  readonly at: number;
}

export class DeltaChatAccount {
  readonly core: DeltaChatCore;
  readonly id: number;
  readonly address: string;

  /** Adds an account from a `dclogin:` or `dcaccount:` URL and waits until it listens for mail. */
  static async login(core: DeltaChatCore, url: string): Promise<DeltaChatAccount> {
    const id = await core.call('addAccount', core.rpc.addAccount());
    await core.call(`log in with ${url}`, core.rpc.addTransportFromQr(id, url), LOGIN_TIMEOUT_MS);
    const since = performance.now();
    await core.call('startIo', core.rpc.startIo(id));
    await core.waitFor(id, 'ImapInboxIdle', () => true, { since });
    const address = await core.call('address', core.rpc.getConfig(id, 'configured_addr'));
    if (!address) throw new Error(`No address after the login with ${url}.`);
    return new DeltaChatAccount(core, id, address);
  }

  private constructor(core: DeltaChatCore, id: number, address: string) {
    this.core = core;
    this.id = id;
    this.address = address;
  }

  /** Joins the contact who shows the QR code. Gives the chat of each with the other. */
  async secureJoin(inviter: DeltaChatAccount): Promise<{ chat: number; inviterChat: number }> {
    const { core } = this;
    const qr = await core.call(
      'SecureJoin QR code',
      inviter.core.rpc.getChatSecurejoinQrCode(inviter.id, null),
    );
    const options = { since: performance.now(), timeoutMs: SECURE_JOIN_TIMEOUT_MS };
    const chat = await core.call('secureJoin', core.rpc.secureJoin(this.id, qr));
    const [, invited] = await Promise.all([
      core.waitFor(this.id, 'SecurejoinJoinerProgress', (e) => e.progress === 1000, options),
      inviter.core.waitFor(
        inviter.id,
        'SecurejoinInviterProgress',
        (e) => e.progress === 1000,
        options,
      ),
    ]);
    const { rpc } = inviter.core;
    const inviterChat = await core.call(
      'chat of the inviter',
      rpc.createChatByContactId(inviter.id, invited.event.contactId),
    );
    return { chat, inviterChat };
  }

  /** Starts a group with contacts by address, as met in {@link secureJoin}. */
  async createGroup(name: string, members: readonly DeltaChatAccount[]): Promise<number> {
    const { core, id } = this;
    const chat = await core.call('createGroupChat', core.rpc.createGroupChat(id, name, false));
    for (const { address } of members) {
      const contacts = await core.call('getContacts', core.rpc.getContacts(id, 0, address));
      const contact = contacts.find((candidate) => candidate.address === address);
      if (!contact) throw new Error(`${this.address} has no contact ${address}.`);
      await core.call('add', core.rpc.addContactToChat(id, chat, contact.id));
    }
    return chat;
  }

  async sendText(chat: number, text: string): Promise<Sent> {
    return await this.#send(chat, { text });
  }

  async sendFile(chat: number, text: string, file: string): Promise<Sent> {
    return await this.#send(chat, { text, file, viewtype: 'File' });
  }

  /** Waits until the account's own relay has accepted the message. */
  async waitUntilAccepted({ id, at }: Sent): Promise<void> {
    await this.core.waitFor(this.id, 'MsgDelivered', (event) => event.msgId === id, { since: at });
  }

  /** Waits for the message, which must arrive encrypted. */
  async waitForText(sent: Pick<Sent, 'text' | 'at'>): Promise<Received> {
    return await this.#waitForMessage(sent, (message) => message.text === sent.text);
  }

  /**
   * Waits for the message and its attachment, and gives the path of the file. Large attachments
   * follow in a second message; until then the client shows their kind and size after the text.
   */
  async waitForFile(sent: Sent, timeoutMs = 60_000): Promise<string> {
    const deadline = performance.now() + timeoutMs;
    const { message } = await this.#waitForMessage(sent, ({ text }) => text.startsWith(sent.text));
    while (performance.now() < deadline) {
      const { downloadState, file } = await this.message(message.id);
      if (downloadState === 'Done' && file) return file;
      await sleep(POLL_MS);
    }
    throw new Error(`The file did not arrive within ${timeoutMs} ms.\n${this.core.recentLog()}`);
  }

  async message(id: number): Promise<T.Message> {
    return await this.core.call('getMessage', this.core.rpc.getMessage(this.id, id));
  }

  async #waitForMessage(
    { text, at: since }: Pick<Sent, 'text' | 'at'>,
    matches: (message: T.Message) => boolean,
  ): Promise<Received> {
    let message: T.Message | undefined;
    const { at } = await this.core.waitFor(
      this.id,
      'IncomingMsg',
      async ({ msgId }) => {
        message = await this.message(msgId);
        return matches(message);
      },
      { since },
    );
    if (!message?.showPadlock) throw new Error(`"${text}" did not arrive encrypted.`);
    return { message, at };
  }

  async #send(chat: number, part: Partial<T.MessageData>): Promise<Sent> {
    const { core } = this;
    const data: T.MessageData = {
      text: null,
      html: null,
      viewtype: null,
      file: null,
      filename: null,
      location: null,
      overrideSenderName: null,
      quotedMessageId: null,
      quotedText: null,
      ...part,
    };
    const at = performance.now();
    const id = await core.call('sendMsg', core.rpc.sendMsg(this.id, chat, data));
    return { id, text: part.text ?? '', at };
  }
}
