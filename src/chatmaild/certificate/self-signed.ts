import { readFile, rm } from 'node:fs/promises';
import { certificateFiles, certificateNames, selfSignedCommand } from '../../config/certificate.ts';
import type { Config } from '../../config/schema.ts';
import { replaceFile } from '../replace-file.ts';
import type { Run } from './command.ts';
import { type CertificatePair, isSelfSigned, uncovered, validTo } from './pair.ts';

export interface SelfSignedContext {
  readonly config: Config;
  readonly run: Run;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Nobody waits for a new one: a season is enough for the timer, and for hosts that are off often. */
const BEFORE_END_MS = 90 * 86_400_000;

/** Makes a new certificate before the present one ends, or when it is not for the relay's names. */
export const renewSelfSigned = async (
  current: CertificatePair | undefined,
  { config, run, now }: SelfSignedContext,
): Promise<readonly string[]> => {
  const names = certificateNames(config.mail_domain);
  const good =
    current !== undefined &&
    isSelfSigned(current) &&
    uncovered(current, names).length === 0 &&
    now < validTo(current) - BEFORE_END_MS;
  if (good) return [];
  const { certificate: file } = certificateFiles(config);
  const made = `${file}.made`;
  const [program, ...args] = selfSignedCommand(config.mail_domain, made);
  try {
    const { ok, output } = await run(program, args);
    if (!ok) return ['A new self-signed certificate could not be made:', output.trim()];
    await replaceFile(file, await readFile(made, 'utf8'));
    return [];
  } finally {
    await rm(made, { force: true });
  }
};
