import type { Platform } from '../engine/state.ts';

/** Debian 12 runs Postfix as the instance `-` of a template; its `postfix.service` does nothing. */
export const postfixUnit = ({ debian }: Platform): string =>
  debian === 12 ? 'postfix@-.service' : 'postfix.service';
