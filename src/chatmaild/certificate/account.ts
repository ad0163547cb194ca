import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The relay's account at an authority, by its URL, for CAA records that allow nobody else
 * (RFC 8657 section 3). Undefined when it has none.
 *
 * @param folder certbot's own
 */
export const accountUri = async (
  folder: string,
  directoryUrl: string,
): Promise<string | undefined> => {
  const { host, pathname } = new URL(directoryUrl);
  const accounts = join(folder, 'accounts', host, pathname);
  const [id] = await readdir(accounts).catch(() => []);
  if (id === undefined) return undefined;
  const registration: unknown = JSON.parse(await readFile(join(accounts, id, 'regr.json'), 'utf8'));
  const hasUri = typeof registration === 'object' && registration !== null && 'uri' in registration;
  return hasUri ? String(registration.uri) : undefined;
};
