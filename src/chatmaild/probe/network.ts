/** The relay at an address, asked for by the names that clients use. */
import type { X509Certificate } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import { isAddressRelay } from '../../config/domain.ts';
import { Connection } from './connection.ts';

/** For an answer of a daemon that is not asked for work. */
const TIMEOUT_MS = 5000;

export interface ServedCertificate {
  readonly leaf: X509Certificate;
  /** OpenSSL's code when the chain does not lead to a trusted authority. */
  readonly chainError?: string;
}

export interface NetworkOptions {
  readonly mailDomain: string;
  /** With the authorities that clients trust. */
  readonly context: SecureContext;
  /** Default: this host. */
  readonly host?: string;
  /** Its connections do not keep the process alive. */
  readonly background?: boolean;
  /** Where a port of the relay is, for tests. */
  readonly locate?: (port: number) => number;
}

/** Opens connections, and can end them all. */
export class Network {
  readonly #options: NetworkOptions;
  readonly #open = new Set<Connection>();
  #over: Error | undefined;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  get mailDomain(): string {
    return this.#options.mailDomain;
  }

  tcp(port: number): Promise<Connection> {
    const { host = '127.0.0.1', locate, background } = this.#options;
    const options = { host, port: locate?.(port) ?? port };
    return this.#connect(new Connection(options, background));
  }

  unix(path: string): Promise<Connection> {
    return this.#connect(new Connection({ path }));
  }

  async startTls(connection: Connection): Promise<ServedCertificate> {
    const { mailDomain, context } = this.#options;
    const secure = await connection.startTls(
      {
        secureContext: context,
        // RFC 6066 section 3: no addresses.
        ...(isAddressRelay(mailDomain) ? {} : { servername: mailDomain }),
        // The names are compared by `certificate.ts`.
        checkServerIdentity: () => undefined,
      },
      TIMEOUT_MS,
    );
    const leaf = secure.getPeerX509Certificate();
    if (leaf === undefined) throw new Error('it has no certificate');
    const { authorizationError: code } = secure;
    return { leaf, ...(code ? { chainError: String(code) } : {}) };
  }

  /** Ends what is open; what is opened from now on fails with the same error. */
  end(why: Error): void {
    this.#over = why;
    for (const connection of this.#open) connection.fail(why);
  }

  async #connect(connection: Connection): Promise<Connection> {
    this.#open.add(connection);
    if (this.#over) connection.fail(this.#over);
    await connection.connected(TIMEOUT_MS);
    return connection;
  }
}
