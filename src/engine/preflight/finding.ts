/** What keeps a host from being deployed to (`error`), or should be known before (`warning`). */
export interface Finding {
  readonly level: 'error' | 'warning';
  readonly what: string;
  /** What to do about it. */
  readonly fix: string;
}

export const error = (what: string, fix: string): Finding => ({ level: 'error', what, fix });
export const warning = (what: string, fix: string): Finding => ({ level: 'warning', what, fix });
