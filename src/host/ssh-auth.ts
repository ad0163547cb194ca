import { readFile } from 'node:fs/promises';
import ssh2, { type AnyAuthMethod, type ParsedKey } from 'ssh2';
import type { AskPassphrase } from './ssh-target.ts';

const { createAgent, utils } = ssh2;

/** The ways to log in that are tried one after the other, and what to tell when none worked. */
export interface Authentication {
  /** ssh2's `authHandler`: the next method, or `false` when there is none left. */
  readonly next: () => Promise<AnyAuthMethod | false>;
  /** What was tried so far: `ssh-agent (2 keys)`, `/root/.ssh/id_ed25519`. */
  readonly tried: readonly string[];
}

interface AuthenticationOptions {
  readonly user: string;
  /** Key files the operator named; errors in them are errors. */
  readonly identityFiles?: readonly string[];
  /** Tried when the operator named none and only as far as they exist. */
  readonly defaultIdentityFiles: readonly string[];
  readonly agentSocket: string | undefined;
  /** Absent when there is nobody to ask. */
  readonly askPassphrase?: AskPassphrase;
}

type Attempt = () => Promise<AnyAuthMethod | undefined>;

const AGENT_TIMEOUT_MS = 5_000;
const PASSPHRASE_ATTEMPTS = 3;

/**
 * Named keys first (a server gives up after a few wrong ones), then the agent, then the default
 * keys. Encrypted keys come last, so that nobody is asked for a passphrase the agent makes needless.
 */
export const createAuthentication = async (
  options: AuthenticationOptions,
): Promise<Authentication> => {
  const tried: string[] = [];
  const files = options.identityFiles ?? options.defaultIdentityFiles;
  const keys = await Promise.all(files.map((file) => readKey(file)));
  if (options.identityFiles === undefined) removeMissing(keys);
  const plain = keys.filter((key) => !isEncrypted(key));
  const encrypted = keys.filter(isEncrypted);
  const agent = (): Attempt => () => agentMethod(options, tried);
  const plainAttempts = plain.map(
    (key): Attempt =>
      async () =>
        plainMethod(key, options, tried),
  );
  const attempts = [
    ...(options.identityFiles === undefined ? [] : plainAttempts),
    agent(),
    ...(options.identityFiles === undefined ? plainAttempts : []),
    ...encrypted.map(
      (key): Attempt =>
        () =>
          encryptedMethod(key, options, tried),
    ),
  ];
  return { tried, next: () => nextMethod(attempts) };
};

const nextMethod = async (attempts: Attempt[]): Promise<AnyAuthMethod | false> => {
  for (let attempt = attempts.shift(); attempt !== undefined; attempt = attempts.shift()) {
    const method = await attempt();
    if (method !== undefined) return method;
  }
  return false;
};

interface KeyFile {
  readonly file: string;
  /** Absent when the file could not be read; `problem` says why. */
  readonly data?: Buffer;
  readonly problem?: string;
}

const readKey = async (file: string): Promise<KeyFile> => {
  try {
    return { file, data: await readFile(file) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    return { file, problem: code === 'ENOENT' ? 'no such file' : code };
  }
};

const removeMissing = (keys: KeyFile[]): void => {
  keys.splice(0, keys.length, ...keys.filter((key) => key.problem !== 'no such file'));
};

const parse = (key: KeyFile, passphrase?: string): ParsedKey | Error => {
  if (key.data === undefined) return new Error(key.problem);
  const parsed: ParsedKey | ParsedKey[] | Error = utils.parseKey(key.data, passphrase);
  return Array.isArray(parsed) ? (parsed[0] ?? new Error('no key in it')) : parsed;
};

const isEncrypted = (key: KeyFile): boolean => {
  const parsed = parse(key);
  return parsed instanceof Error && /encrypted/i.test(parsed.message);
};

const plainMethod = (
  key: KeyFile,
  { user }: AuthenticationOptions,
  tried: string[],
): AnyAuthMethod | undefined => {
  const parsed = parse(key);
  const problem =
    parsed instanceof Error
      ? parsed.message
      : parsed.isPrivateKey()
        ? undefined
        : 'a public key; name the private one';
  tried.push(problem === undefined ? key.file : `${key.file} (not usable: ${problem})`);
  if (problem !== undefined || parsed instanceof Error) return undefined;
  return { type: 'publickey', username: user, key: parsed };
};

const encryptedMethod = async (
  key: KeyFile,
  { user, askPassphrase }: AuthenticationOptions,
  tried: string[],
): Promise<AnyAuthMethod | undefined> => {
  if (askPassphrase === undefined) {
    tried.push(
      `${key.file} (encrypted, and no terminal to ask for its passphrase: run ssh-add first)`,
    );
    return undefined;
  }
  for (let attempt = 0; attempt < PASSPHRASE_ATTEMPTS; attempt++) {
    const passphrase = await askPassphrase(key.file);
    if (passphrase === '') break;
    const parsed = parse(key, passphrase);
    if (parsed instanceof Error) continue;
    tried.push(key.file);
    return { type: 'publickey', username: user, key: parsed };
  }
  tried.push(`${key.file} (encrypted, wrong passphrase)`);
  return undefined;
};

const agentMethod = async (
  { user, agentSocket }: AuthenticationOptions,
  tried: string[],
): Promise<AnyAuthMethod | undefined> => {
  if (agentSocket === undefined || agentSocket === '') {
    tried.push('ssh-agent (none: SSH_AUTH_SOCK is not set)');
    return undefined;
  }
  const keys = await countAgentKeys(agentSocket);
  if (keys === undefined) tried.push(`ssh-agent (no answer on ${agentSocket})`);
  else tried.push(`ssh-agent (${keys} ${keys === 1 ? 'key' : 'keys'})`);
  return keys ? { type: 'agent', username: user, agent: agentSocket } : undefined;
};

/** ssh2 ends the whole connection over an agent that does not answer, so that is found out before. */
const countAgentKeys = (socket: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), AGENT_TIMEOUT_MS);
    createAgent(socket).getIdentities((error, keys) => {
      clearTimeout(timer);
      resolve(error ? undefined : (keys?.length ?? 0));
    });
  });
