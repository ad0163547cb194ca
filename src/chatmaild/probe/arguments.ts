import { parseArgs } from 'node:util';

/** What a probe is told of the relay. */
export interface ProbeArguments {
  /** A domain or an IP address. */
  readonly mailDomain: string;
  /** PEM file with the certificate that the daemons should serve. */
  readonly certificate: string;
  /** PEM files with the authorities that clients trust. */
  readonly roots: readonly string[];
  readonly mailDir: string;
  /** Folder, for root only, in which a probe notes its accounts before they are made. */
  readonly records: string;
  /** Unix sockets that must answer, by the unit behind them. */
  readonly sockets: readonly UnixSocket[];
  /** Undefined on a relay that does not sign. */
  readonly signer: Signer | undefined;
  readonly nameLength: { readonly min: number; readonly max: number };
  readonly passwordMinLength: number;
  /** Milliseconds in which what does not work yet is tried again: daemons may just be starting. */
  readonly patienceMs: number;
  /** A certificate that clients refuse is noted only. */
  readonly anyCertificate: boolean;
  readonly json: boolean;
}

export interface UnixSocket {
  readonly unit: string;
  readonly path: string;
}

export interface Signer {
  /** OpenDKIM's milter socket. */
  readonly socket: string;
  /** Folder of its keys, `SELECTOR.private`. */
  readonly keys: string;
}

const USAGE =
  'usage: probe.cjs DOMAIN --certificate FILE [--root FILE]... --mail-dir DIR --records DIR' +
  ' [--socket UNIT=PATH]... [--signer SOCKET=KEYS] [--names MIN-MAX] [--password-min N] [--patience SECONDS]' +
  ' [--any-certificate] [--json]';

/** @throws Error that says what is wrong */
export const parseProbeArguments = (argv: readonly string[]): ProbeArguments => {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      certificate: { type: 'string' },
      root: { type: 'string', multiple: true, default: [] },
      'mail-dir': { type: 'string' },
      records: { type: 'string' },
      socket: { type: 'string', multiple: true, default: [] },
      signer: { type: 'string' },
      names: { type: 'string', default: '9-9' },
      'password-min': { type: 'string', default: '9' },
      patience: { type: 'string', default: '5' },
      'any-certificate': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const [mailDomain, ...more] = positionals;
  const { certificate, records, 'mail-dir': mailDir } = values;
  const names = /^(\d{1,2})-(\d{1,2})$/.exec(values.names);
  if (!mailDomain || more.length > 0 || !certificate || !mailDir || !records || !names) {
    throw new Error(USAGE);
  }
  return {
    mailDomain,
    certificate,
    roots: values.root,
    mailDir,
    records,
    sockets: values.socket.map(parsePair).map(([unit, path]) => ({ unit, path })),
    signer: values.signer === undefined ? undefined : parseSigner(values.signer),
    nameLength: { min: Number(names[1]), max: Number(names[2]) },
    passwordMinLength: wholeNumber(values['password-min']),
    patienceMs: 1000 * wholeNumber(values.patience),
    anyCertificate: values['any-certificate'],
    json: values.json,
  };
};

const parseSigner = (text: string): Signer => {
  const [socket, keys] = parsePair(text);
  return { socket, keys };
};

const parsePair = (text: string): [string, string] => {
  const [left, right] = text.split('=');
  if (!left || !right) throw new Error(USAGE);
  return [left, right];
};

const wholeNumber = (text: string): number => {
  if (!/^\d{1,3}$/.test(text)) throw new Error(USAGE);
  return Number(text);
};
