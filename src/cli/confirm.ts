import process from 'node:process';
import type { Examination } from '../engine/examine.ts';
import { consentFor } from '../engine/preview/consent.ts';
import { askForConsent } from './output/consent.ts';
import type { Session } from './session.ts';

export interface ConfirmOptions {
  /** Do not ask. */
  readonly yes?: true;
  readonly json?: true;
}

/**
 * The `confirm` of a deploy: asks on a terminal before something is removed or people are disconnected.
 * A host that has never been deployed has neither.
 */
export const confirmOn =
  (
    { blueprint }: Pick<Session, 'blueprint'>,
    { yes, json }: ConfirmOptions,
    ask = askForConsent,
    isTerminal = process.stdin.isTTY && process.stderr.isTTY,
  ) =>
  async ({ plan, facts }: Examination): Promise<boolean> => {
    const mustAsk = isTerminal && !yes && !json && facts.records.generation !== undefined;
    return !mustAsk || (await ask(consentFor(plan, blueprint.userFacing ?? [])));
  };
