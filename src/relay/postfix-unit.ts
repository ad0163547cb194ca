import type { Platform } from '../engine/state.ts';

/** Either of which may be Postfix on a host whose release is not known yet. */
export const POSTFIX_UNITS = ['postfix.service', 'postfix@-.service'] as const;

/** Debian 12 runs Postfix as the instance `-` of a template; its `postfix.service` does nothing. */
export const postfixUnit = ({ debian }: Platform): string =>
  debian === 12 ? 'postfix@-.service' : 'postfix.service';
