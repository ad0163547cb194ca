import { parseArgs } from 'node:util';

export interface ExpireArguments {
  /** Path of chatmail.ini. */
  readonly config: string;
  readonly mailDir: string;
  /** Lists what would go and removes nothing. */
  readonly dryRun: boolean;
  /** File with the output of `doveadm -f tab who`. */
  readonly connected: string | undefined;
  /** Cleans up the one mailbox that a quota warning on standard input names. */
  readonly quotaWarning: boolean;
}

const USAGE =
  'usage: expire.cjs [CHATMAIL.INI] [--mail-dir DIR] [--connected FILE] [--dry-run | --quota-warning]';

/** @throws Error that says what is wrong */
export const parseExpireArguments = (argv: readonly string[]): ExpireArguments => {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      'mail-dir': { type: 'string', default: '/home/vmail/mail' },
      connected: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      'quota-warning': { type: 'boolean', default: false },
    },
  });
  const [config = '/etc/chatmail/chatmail.ini', ...more] = positionals;
  const dryRun = values['dry-run'];
  const quotaWarning = values['quota-warning'];
  if (more.length > 0 || (dryRun && quotaWarning)) throw new Error(USAGE);
  const { connected, 'mail-dir': mailDir } = values;
  return { config, mailDir, dryRun, connected, quotaWarning };
};
