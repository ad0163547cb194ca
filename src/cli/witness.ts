import type { Witness } from '../engine/witness.ts';
import { outsideWitness } from '../health/outside.ts';
import { resolveTarget } from '../host/target.ts';
import { type ConnectionOptions, targetOf } from './connection.ts';

/**
 * Looks at the machine that SSH leads to, whatever the mail domain leads to: while a relay moves, that
 * is another one. None for this machine, which sees itself from the inside only.
 */
export const witnessOf = (
  options: ConnectionOptions & { readonly host: string },
  mailDomain: string,
  { anyCertificate }: { readonly anyCertificate: boolean },
): Witness | undefined => {
  const { host: name } = options;
  if (name === 'localhost') return undefined;
  const { host, address } = resolveTarget(targetOf(name, options));
  return outsideWitness({ host: address ?? host, mailDomain, anyCertificate });
};
