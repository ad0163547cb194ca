/** What the service keeps between its runs, in the folders that systemd makes for it. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../error-code.ts';
import { replaceFile } from '../replace-file.ts';

export interface StateFolder {
  /** Certbot's own folder. */
  readonly certbot: string;
  /** Times of failed attempts at the authority since the last success, oldest first. */
  failures(): Promise<readonly number[]>;
  setFailures(times: readonly number[]): Promise<void>;
  /** Directory URL from which the present certificate came, when it came from one. */
  authority(): Promise<string | undefined>;
  setAuthority(url: string): Promise<void>;
  /** URL of the relay's account there. */
  setAccount(uri: string): Promise<void>;
  /** {@link CertificatePair.sha256} that the daemons have loaded, as far as known since boot. */
  loaded(): Promise<string | undefined>;
  setLoaded(sha256: string): Promise<void>;
  /** Whether a person has asked for this run; the next one is a timer's again. */
  takeRequest(): Promise<boolean>;
  /** What the operator must know, shown at the end of `cmdeploy run`; empty removes it. */
  setNotice(lines: readonly string[]): Promise<void>;
}

/**
 * @param lasting survives a reboot
 * @param runtime does not
 */
export const openStateFolder = (lasting: string, runtime: string): StateFolder => {
  const paths = {
    failures: join(lasting, 'failures'),
    authority: join(lasting, 'authority'),
    account: join(lasting, 'account'),
    notice: join(lasting, 'notice'),
    asked: join(lasting, 'asked'),
    loaded: join(runtime, 'loaded'),
  };
  return {
    certbot: join(lasting, 'certbot'),
    failures: async () => ((await read(paths.failures)) ?? '').split('\n').flatMap(parseTime),
    setFailures: (times) =>
      write(
        paths.failures,
        times.map((time) => new Date(time).toISOString()),
      ),
    authority: () => read(paths.authority),
    setAccount: (uri) => write(paths.account, [uri]),
    setAuthority: (url) => write(paths.authority, [url]),
    loaded: () => read(paths.loaded),
    setLoaded: (sha256) => write(paths.loaded, [sha256]),
    takeRequest: async () => {
      const asked = (await read(paths.asked)) !== undefined;
      await rm(paths.asked, { force: true });
      return asked;
    },
    setNotice: (lines) => write(paths.notice, lines),
  };
};

const read = async (path: string): Promise<string | undefined> => {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

const write = (path: string, lines: readonly string[]): Promise<void> =>
  lines.length === 0 ? rm(path, { force: true }) : replaceFile(path, `${lines.join('\n')}\n`);

const parseTime = (line: string): number[] => {
  const time = Date.parse(line);
  return Number.isNaN(time) ? [] : [time];
};
