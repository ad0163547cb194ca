import { parseIni } from '../config/ini.ts';
import type { Blueprint } from '../engine/examine.ts';
import { ALL_PLATFORMS } from '../engine/preflight/system.ts';
import { CHATMAIL_INI } from './paths.ts';

/** The `mail_domain` of a relay, whatever it was made from: its chatmail.ini is one of its files. */
export const mailDomainOf = ({ parts }: Pick<Blueprint, 'parts'>): string | undefined => {
  const files = ALL_PLATFORMS.flatMap(parts).flatMap((part) => part.files ?? []);
  const ini = files.find(({ path }) => path === CHATMAIL_INI)?.content;
  if (typeof ini !== 'string') return undefined;
  return parseIni(ini).entries.find(({ key }) => key === 'mail_domain')?.value;
};
