/**
 * Everything that can go wrong between here and a host. Each class carries the facts; its text is
 * built here, once, and ends with what to do next. Texts may contain what the host sent: whoever
 * prints them makes control characters harmless.
 */
import type { Argv, ExecResult } from './host.ts';
import type { KnownHostLine } from './known-hosts.ts';
import { quote } from './quote.ts';

/** Something went wrong with `host`, as the operator calls it. */
export class HostError extends Error {
  readonly host: string;

  constructor(host: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.host = host;
  }
}

/** No usable connection was made: unreachable, not trusted, or not let in. */
export class ConnectError extends HostError {}

/** No TCP connection, or no SSH server behind it. `reason`: `connection refused`. */
export class UnreachableError extends ConnectError {
  readonly port: number;

  constructor(host: string, port: number, reason: string, advice: string, cause?: unknown) {
    super(host, `Cannot connect to ${host} port ${port}: ${reason}.\n${advice}`, { cause });
    this.port = port;
  }
}

/** The host did not accept any of our keys. `tried`: `ssh-agent (2 keys)`, `/root/.ssh/id_rsa`. */
export class AuthenticationError extends ConnectError {
  readonly user: string;
  readonly tried: readonly string[];

  constructor(host: string, user: string, tried: readonly string[]) {
    super(host, describeAuthentication(host, user, tried));
    this.user = user;
    this.tried = tried;
  }
}

const describeAuthentication = (host: string, user: string, tried: readonly string[]): string => {
  const list =
    tried.length === 0
      ? 'There was no key to try: no ssh-agent, no key file in ~/.ssh.'
      : `Tried:\n${tried.map((entry) => `  ${entry}`).join('\n')}`;
  return `${host} did not let ${user} in.\n${list}\nAdd your public key to ${user}'s authorized_keys on the host (ssh-copy-id), load your key with ssh-add, or name another with --identity FILE or --ssh-user USER.`;
};

/** What a host presented as its identity. */
export interface HostKeyInfo {
  readonly host: string;
  readonly port: number;
  /** `ssh-ed25519` */
  readonly keyType: string;
  /** `SHA256:...`, as `ssh-keygen -lf` prints it. */
  readonly fingerprint: string;
  /** The file an accepted key is added to. */
  readonly knownHostsFile: string;
}

/** Nobody vouched for a key never seen before. */
export class UnknownHostKeyError extends ConnectError {
  readonly info: HostKeyInfo;

  constructor(info: HostKeyInfo, certAuthority?: KnownHostLine) {
    super(info.host, describeUnknownKey(info, certAuthority));
    this.info = info;
  }
}

const describeUnknownKey = (info: HostKeyInfo, authority: KnownHostLine | undefined): string => {
  const note =
    authority === undefined
      ? ''
      : `\n${authority.path} line ${authority.line} trusts a certificate authority for it; host certificates are not supported.`;
  return `The host key of ${info.host} is not known: ${info.keyType} ${info.fingerprint}${note}\nCompare it with the output of "ssh-keygen -lf /etc/ssh/ssh_host_${shortType(info.keyType)}_key.pub" on the host's console. If it is the same, connect once with ssh, or run again with --accept-new-host-key.`;
};

const shortType = (keyType: string): string =>
  keyType.startsWith('ecdsa') ? 'ecdsa' : keyType.replace(/^ssh-/, '');

/** A known_hosts file cannot be read, or not be written to. */
export class KnownHostsFileError extends ConnectError {
  constructor(host: string, path: string, cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException;
    super(
      host,
      `${path}: the key of ${host} cannot be looked up or remembered there (${code ?? message}).\nCorrect the owner and the mode of the file and of its folder.`,
      { cause },
    );
  }
}

/** The host is not the one it was, or someone is in between. Never accepted. */
export class ChangedHostKeyError extends ConnectError {
  readonly info: HostKeyInfo;
  readonly known: KnownHostLine;

  constructor(info: HostKeyInfo, knownFingerprint: string, known: KnownHostLine) {
    super(
      info.host,
      `THE HOST KEY OF ${info.host} HAS CHANGED: someone may be intercepting the connection.\nPresented: ${info.keyType} ${info.fingerprint}\nKnown:     ${known.keyType} ${knownFingerprint} (${known.path} line ${known.line})\nIf the host was reinstalled, check the new fingerprint on its console, remove the old key with\n  ${quote(['ssh-keygen', '-f', known.path, '-R', info.port === 22 ? info.host : `[${info.host}]:${info.port}`])}\nand run again.`,
    );
    this.info = info;
    this.known = known;
  }
}

/** The key is marked `@revoked`. Never accepted. */
export class RevokedHostKeyError extends ConnectError {
  readonly info: HostKeyInfo;
  readonly known: KnownHostLine;

  constructor(info: HostKeyInfo, known: KnownHostLine) {
    super(
      info.host,
      `${info.host} presented a revoked host key: ${info.keyType} ${info.fingerprint} (${known.path} line ${known.line}).\nGive the host a new key, or find out who answers in its place.`,
    );
    this.info = info;
    this.known = known;
  }
}

/** Commands cannot run as root. `reason`: what sudo said. */
export class NotRootError extends HostError {
  constructor(host: string, user: string, reason: string) {
    super(
      host,
      `${user} cannot become root on ${host}: ${reason}\nConnect as root (--ssh-user root), or let ${user} use sudo without a password: put\n  ${user} ALL=(ALL) NOPASSWD: ALL\ninto /etc/sudoers.d/${user} with visudo.`,
    );
  }
}

/** The connection ended while a command ran, or before it. */
export class ConnectionLostError extends HostError {
  constructor(host: string, reason: string, cause?: unknown) {
    super(
      host,
      `The connection to ${host} was lost: ${reason}.\nWhat was under way may be half done; "cmdeploy run" can simply be run again, it completes it.`,
      { cause },
    );
  }
}

/** A command took longer than it may. */
export class CommandTimeoutError extends HostError {
  readonly argv: Argv;
  readonly timeoutMs: number;

  constructor(host: string, argv: Argv, timeoutMs: number) {
    super(
      host,
      `A command on ${host} did not finish within ${timeoutMs / 1000} s and was given up:\n  ${shorten(quote(argv))}\nLook at the load of the host, then run again.`,
    );
    this.argv = argv;
    this.timeoutMs = timeoutMs;
  }
}

/** A command printed more than we are willing to keep. */
export class OutputTooLargeError extends HostError {
  readonly argv: Argv;
  readonly limit: number;

  constructor(host: string, argv: Argv, limit: number) {
    super(
      host,
      `A command on ${host} printed more than ${limit} bytes and was cut off:\n  ${shorten(quote(argv))}\nRun it on the host by hand to see what it prints.`,
    );
    this.argv = argv;
    this.limit = limit;
  }
}

/** A command ran to its end and failed. */
export class RemoteCommandError extends HostError {
  readonly argv: Argv;
  readonly result: ExecResult;

  constructor(host: string, argv: Argv, result: ExecResult) {
    super(host, describeFailure(host, argv, result));
    this.argv = argv;
    this.result = result;
  }
}

const LAST_LINES = 10;

const describeFailure = (host: string, argv: Argv, result: ExecResult): string => {
  const said = result.stderr.trim() === '' ? result.stdout : result.stderr;
  const lines = said.trimEnd().split('\n').slice(-LAST_LINES);
  const output =
    said.trim() === ''
      ? 'It printed nothing.'
      : lines.map((line) => `  ${shorten(line)}`).join('\n');
  return `A command on ${host} ${describeEnd(result)}:\n  ${shorten(quote(argv))}\n${output}`;
};

/** `failed with exit code 2`, for sentences. */
export const describeEnd = (result: ExecResult): string => {
  if (result.code !== null) return `failed with exit code ${result.code}`;
  return result.signal === undefined
    ? 'ended without an exit code'
    : `was ended by SIG${result.signal}`;
};

/** Scripts are passed as arguments; nobody wants to read a whole one in a message. */
const shorten = (text: string): string => (text.length <= 400 ? text : `${text.slice(0, 400)} ...`);
