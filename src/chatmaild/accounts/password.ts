/**
 * Password hashes as Dovecot reads them: `{SHA512-CRYPT}$6$SALT$HASH` (crypt(5)). Debian's `openssl`
 * makes them: outside the event loop, and the password goes through a pipe, not the command line.
 */
import { spawn } from 'node:child_process';
import { timingSafeEqual } from 'node:crypto';

const SCHEME = '{SHA512-CRYPT}';
const TIMEOUT_MS = 10_000;

/** Hashes a password with a new salt. Each character is one byte (latin1), none a line break. */
export const hashPassword = async (password: string): Promise<string> =>
  SCHEME + (await opensslPasswd([], password));

/** Whether `stored`, made by {@link hashPassword}, belongs to `password`. Other schemes: never. */
export const passwordMatches = async (stored: string, password: string): Promise<boolean> => {
  const salt = /^\{SHA512-CRYPT\}\$6\$([./0-9A-Za-z]{1,16})\$/.exec(stored)?.[1];
  if (salt === undefined) return false;
  const expected = Buffer.from(stored, 'latin1');
  const given = Buffer.from(SCHEME + (await opensslPasswd(['-salt', salt], password)), 'latin1');
  return expected.length === given.length && timingSafeEqual(expected, given);
};

const opensslPasswd = async (extra: readonly string[], password: string): Promise<string> => {
  const child = spawn('openssl', ['passwd', '-6', ...extra, '-stdin'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: TIMEOUT_MS,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A child that dies early shows in its exit status; a failed write says no more.
  child.stdin.on('error', () => {});
  child.stdin.end(`${password}\n`, 'latin1');
  let output = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    output += text;
  });
  const code = await ended;
  if (code !== 0 || !/^\$6\$[./0-9A-Za-z]+\$[./0-9A-Za-z]{86}\n$/.test(output))
    throw new Error(`openssl passwd failed with exit status ${code}`);
  return output.trimEnd();
};
