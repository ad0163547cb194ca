import { parseArgs } from 'node:util';

export interface CertificateArguments {
  /** Path of chatmail.ini. */
  readonly config: string;
  /** Units that serve the certificate. */
  readonly reload: readonly string[];
  /** What nginx serves under /.well-known/acme-challenge/. */
  readonly webroot: string;
  /** Address of the DNS resolver. */
  readonly resolver: string;
}

const USAGE =
  'usage: certificate.cjs CHATMAIL.INI --webroot FOLDER --resolver ADDRESS [--reload UNIT]...';

/** @throws Error that says what is wrong */
export const parseCertificateArguments = (argv: readonly string[]): CertificateArguments => {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      reload: { type: 'string', multiple: true, default: [] },
      webroot: { type: 'string' },
      resolver: { type: 'string' },
    },
  });
  const [config, ...more] = positionals;
  const { reload, webroot, resolver } = values;
  if (!config || !webroot || !resolver || more.length > 0) throw new Error(USAGE);
  return { config, reload, webroot, resolver };
};
