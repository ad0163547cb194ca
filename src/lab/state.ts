import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { LabError } from './errors.ts';
import type { LabPaths } from './paths.ts';

export type DebianRelease = 12 | 13;

const hostSchema = z.object({
  name: z.string(),
  address: z.string(),
  debian: z.union([z.literal(12), z.literal(13)]),
  domain: z.string(),
  /** Path of the chatmail.ini for `cmdeploy run --config`. */
  config: z.string(),
  /** Base64 of the public DKIM key, as in the `p=` tag (RFC 6376 section 3.6.1). */
  dkimPublicKey: z.string(),
  /** OpenSSH's one-line form, without comment. */
  sshHostKey: z.string(),
});

const stateSchema = z.object({
  /** First three numbers of the lab's /24: `198.18.7`. */
  network: z.string(),
  /** Serial of the zones (RFC 1035 section 3.3.13), larger with each change. */
  serial: z.number(),
  /** Last number of each host's address, kept while the lab exists, so that it never changes. */
  addresses: z.record(z.string(), z.number()),
  hosts: z.array(hostSchema),
});

/** A host that came up. */
export type LabHost = z.infer<typeof hostSchema>;
export type LabState = z.infer<typeof stateSchema>;

/** What is known of the lab; undefined when there is none. Needs no root. */
export const readState = (lab: LabPaths): LabState | undefined => {
  let text: string;
  try {
    text = readFileSync(lab.state, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = stateSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new LabError(
    `${lab.state} is damaged or of another version: remove the lab with "cmdeploy lab down"`,
  );
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const writeState = async (lab: LabPaths, state: LabState): Promise<void> => {
  const staged = `${lab.state}.new`;
  await writeFile(staged, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o644 });
  await rename(staged, lab.state);
};

const FIRST_HOST = 10;
/** Addresses from here on belong to `lab exec`. */
export const FIRST_EXEC = 200;
export const LAST_EXEC = 250;

/** `addresses` with a fixed number for each of `names`: the lowest free one for a new name. */
export const withAddresses = (
  addresses: Readonly<Record<string, number>>,
  names: readonly string[],
): Record<string, number> => {
  const all: Record<string, number> = { ...addresses };
  for (const name of names) {
    if (all[name] !== undefined) continue;
    const taken = new Set(Object.values(all));
    let number = FIRST_HOST;
    while (taken.has(number)) number += 1;
    if (number >= FIRST_EXEC)
      throw new LabError(`The lab is full: it has addresses for ${FIRST_EXEC - FIRST_HOST} hosts`);
    all[name] = number;
  }
  return all;
};

export const bridgeAddress = (state: Pick<LabState, 'network'>): string => `${state.network}.1`;
