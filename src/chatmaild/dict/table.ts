/** Keys that a service keeps for Dovecot. A dict server asks its tables in turn whose a key is. */
export interface DictTable {
  /** Whether the key is one of this table's, for reading or for writing. */
  owns(key: string): boolean;
  /** The value; undefined when there is none. */
  lookup(key: string, user: string): Promise<string | undefined>;
  /**
   * Makes a change last.
   * @throws DictRefusal when it is not allowed
   */
  apply(change: DictChange, user: string): Promise<void>;
}

/**
 * A change by the mailbox's user. Key and value hold one character per byte; nobody has checked them
 * yet.
 */
export interface DictChange {
  readonly key: string;
  /** undefined: the key is to go. */
  readonly value: string | undefined;
}

/** A change that is not made. The text reaches Dovecot's log: it names nobody. */
export class DictRefusal extends Error {
  override name = 'DictRefusal';
}
