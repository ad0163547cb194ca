import { parseArgs } from 'node:util';

export interface FilterArguments {
  /** Path of chatmail.ini. */
  readonly config: string;
  /** Paths of the sockets, when they are not systemd's. */
  readonly incoming: string | undefined;
  readonly outgoing: string | undefined;
  /** Unix socket of the accounts service. */
  readonly accounts: string;
}

const USAGE =
  'usage: filter.cjs CHATMAIL.INI [--incoming SOCKET --outgoing SOCKET] [--accounts SOCKET]';
const ACCOUNTS_SOCKET = '/run/chatmail-accounts/http.sock';
/**
 * Reads the command line. Without socket paths the sockets `incoming` and `outgoing` come from
 * systemd.
 * @throws Error that says what is wrong.
 */
export const parseFilterArguments = (argv: readonly string[]): FilterArguments => {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      incoming: { type: 'string' },
      outgoing: { type: 'string' },
      accounts: { type: 'string', default: ACCOUNTS_SOCKET },
    },
  });
  const [config, ...more] = positionals;
  if (config === undefined || more.length > 0) throw new Error(USAGE);
  return { config, ...values, incoming: values.incoming, outgoing: values.outgoing };
};
