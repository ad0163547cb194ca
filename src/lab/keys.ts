import { generateKeyPair, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { run } from './command.ts';
import { LabError } from './errors.ts';
import type { LabPaths } from './paths.ts';
import type { LabHost } from './state.ts';

/** Makes an ed25519 key pair for ssh at `path` and `path.pub`. @returns the public line */
export const makeSshKey = async (path: string, comment: string): Promise<string> => {
  await rm(path, { force: true });
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path]);
  return (await readFile(`${path}.pub`, 'utf8')).trim();
};

/** The lab's key, readable for the person behind sudo. @returns its public line */
export const ensureLabKey = async (lab: LabPaths): Promise<string> => {
  if (!existsSync(`${lab.key}.pub`)) await makeSshKey(lab.key, 'cmdeploy lab');
  await giveToCaller(lab.key);
  return (await readFile(`${lab.key}.pub`, 'utf8')).trim();
};

const giveToCaller = async (path: string): Promise<void> => {
  const { SUDO_UID: uid, SUDO_GID: gid } = process.env;
  if (uid !== undefined && gid !== undefined) await chown(path, Number(uid), Number(gid));
};

export const UPDATE_KEY_NAME = 'lab';
export const UPDATE_KEY_ALGORITHM = 'hmac-sha256';

/** The TSIG key for dynamic updates, readable for the person behind sudo. @returns its secret */
export const ensureUpdateKey = async (lab: LabPaths): Promise<string> => {
  if (!existsSync(lab.updateKey)) {
    const secret = randomBytes(32).toString('base64');
    const text = `key "${UPDATE_KEY_NAME}" {\n\talgorithm ${UPDATE_KEY_ALGORITHM};\n\tsecret "${secret}";\n};\n`;
    await writeFile(lab.updateKey, text, { mode: 0o600 });
  }
  await giveToCaller(lab.updateKey);
  const secret = /secret "([^"]+)"/.exec(await readFile(lab.updateKey, 'utf8'))?.[1];
  if (secret !== undefined) return secret;
  throw new LabError(`${lab.updateKey} is damaged: remove it`);
};

/** OpenSSH's known_hosts with each host under its address and its domain. */
export const knownHostsText = (hosts: readonly LabHost[]): string =>
  hosts.map((host) => `${host.address},${host.domain} ${host.sshHostKey}\n`).join('');

const generate = promisify(generateKeyPair);

/**
 * Makes a DKIM key as a relay taken over from elsewhere has it: PEM at `path`, mode 0600.
 *
 * @returns the public key in base64 (RFC 6376 section 3.6.1, tag `p`)
 */
export const makeDkimKey = async (path: string): Promise<string> => {
  const { privateKey, publicKey } = await generate('rsa', { modulusLength: 2048 });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
};
