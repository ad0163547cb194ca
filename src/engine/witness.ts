/** What the operator's side saw of the host: the same ports and certificates from the outside. */
export interface Witness {
  /** Called once, while the host is observed: notes what works before anything is changed. */
  before(): Promise<void>;
  /**
   * Called when the host has found itself healthy. Must answer within {@link VERDICT_SECONDS}.
   *
   * @returns what worked before and does not any more, a sentence each; any of them undoes the run
   */
  after(): Promise<readonly string[]>;
}

export type Verdict = 'keep' | 'undo';
