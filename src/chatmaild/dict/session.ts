/** One connection of Dovecot's dict client: commands in, answers out, in the same order. */
import { errorCode } from '../error-code.ts';
import { type DictCommand, DictProtocolError } from './commands.ts';
import { escapeField } from './escape.ts';
import { type DictChange, DictRefusal, type DictTable } from './table.ts';

/** Version 3 and later name the user in each command; Debian 12 has 3, Debian 13 has 4. */
const OLDEST_PROTOCOL = 3;
/** Transactions open at the same time, and changes in each. Dovecot's IMAP has one with one. */
const MAX_TRANSACTIONS = 16;
const MAX_CHANGES = 64;

interface Transaction {
  readonly user: string;
  readonly changes: DictChange[];
  /** Why it cannot be committed. */
  refused?: string;
}

export class DictSession {
  readonly #tables: readonly DictTable[];
  readonly #log: (text: string) => void;
  readonly #transactions = new Map<string, Transaction>();

  /** @param log told of failures, in few and fixed texts */
  constructor(tables: readonly DictTable[], log: (text: string) => void) {
    this.#tables = tables;
    this.#log = log;
  }

  /**
   * What to answer, with newline; empty when the command has no answer.
   * @throws DictProtocolError when the conversation makes no sense
   */
  async handle(command: DictCommand): Promise<string> {
    switch (command.kind) {
      case 'hello':
        if (command.major >= OLDEST_PROTOCOL) return '';
        throw new DictProtocolError('a version of the protocol that is too old');
      case 'lookup':
        return await this.#lookup(command.key, command.user);
      case 'iterate':
        // An empty line ends a list. GETMETADATA with DEPTH finds nothing below a key.
        return '\n';
      case 'begin':
        return this.#begin(command.id, command.user);
      case 'set':
        return this.#change(command.id, { key: command.key, value: command.value });
      case 'unset':
        return this.#change(command.id, { key: command.key, value: undefined });
      case 'increment':
        this.#find(command.id).refused = 'no value here can be incremented';
        return '';
      case 'timestamp':
        return '';
      case 'commit':
        return await this.#commit(command.id, command.answer);
      case 'rollback':
        this.#transactions.delete(command.id);
        return '';
    }
  }

  async #lookup(key: string, user: string): Promise<string> {
    try {
      const value = await this.#tableOf(key)?.lookup(key, user);
      return value === undefined ? 'N\n' : `O${escapeField(value)}\n`;
    } catch (error) {
      return `F${escapeField(this.#reason(error))}\n`;
    }
  }

  #begin(id: string, user: string): '' {
    if (this.#transactions.has(id)) throw new DictProtocolError('transaction begun twice');
    if (this.#transactions.size >= MAX_TRANSACTIONS)
      throw new DictProtocolError('too many transactions');
    this.#transactions.set(id, { user, changes: [] });
    return '';
  }

  #change(id: string, change: DictChange): '' {
    const transaction = this.#find(id);
    if (transaction.changes.length < MAX_CHANGES) transaction.changes.push(change);
    else transaction.refused = 'too many changes at once';
    return '';
  }

  async #commit(id: string, answer: 'O' | 'AO'): Promise<string> {
    const transaction = this.#find(id);
    this.#transactions.delete(id);
    try {
      await this.#apply(transaction);
      return `${answer}${id}\n`;
    } catch (error) {
      return `${answer.replace('O', 'F')}${id}\t${escapeField(this.#reason(error))}\n`;
    }
  }

  /** All changes, or none when one of the keys is nobody's. */
  async #apply({ user, changes, refused }: Transaction): Promise<void> {
    if (refused !== undefined) throw new DictRefusal(refused);
    const steps = changes.map((change) => {
      const table = this.#tableOf(change.key);
      if (!table) throw new DictRefusal('this key cannot be set');
      return () => table.apply(change, user);
    });
    for (const step of steps) await step();
  }

  #find(id: string): Transaction {
    const transaction = this.#transactions.get(id);
    if (!transaction) throw new DictProtocolError('no such transaction');
    return transaction;
  }

  #tableOf(key: string): DictTable | undefined {
    return this.#tables.find((table) => table.owns(key));
  }

  /** Text for Dovecot. The message of a system error holds a path, and so an address: not that. */
  #reason(error: unknown): string {
    if (error instanceof DictRefusal) return error.message;
    this.#log(`dict: a request failed: ${errorCode(error)}`);
    return 'internal error';
  }
}
