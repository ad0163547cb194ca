import { randomInt } from 'node:crypto';
import { domainInAddress } from '../../config/domain.ts';
import type { AccountRules } from './address.ts';

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Letters and digits that are not mistaken for one another on paper: no i, l, o, 0, 1. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Name length where the rules leave a choice; 31^12 names. */
const NAME_LENGTH = 12;
/** 31^20, or 99 bits. */
const PASSWORD_LENGTH = 20;

/** Invents an address and a password within the rules, from the system's random source. */
export const inventCredentials = (rules: AccountRules): Credentials => {
  const nameLength = Math.min(
    rules.username_max_length,
    Math.max(rules.username_min_length, NAME_LENGTH),
  );
  return {
    email: `${randomText(nameLength)}@${domainInAddress(rules.mail_domain)}`,
    password: randomText(Math.max(rules.password_min_length, PASSWORD_LENGTH)),
  };
};

const randomText = (length: number): string =>
  Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

/**
 * The link and QR code that gives Delta Chat a ready account on a relay with a self-signed
 * certificate: `v` version, `ic` certificate checks (3: take any), `ih` and `sh` the hosts for IMAP
 * and SMTP where the address has an IP literal (RFC 5321 section 4.1.3) instead of a domain.
 */
export const dcloginUrl = ({ email, password }: Credentials): string => {
  const literal = /@\[(?:IPv6:)?([^\]]+)\]$/i.exec(email)?.[1];
  const host = literal === undefined ? undefined : encodeURIComponent(literal);
  const hosts = host === undefined ? '' : `&ih=${host}&sh=${host}`;
  return `dclogin:${encodeURI(email)}?p=${encodeURIComponent(password)}&v=1${hosts}&ic=3`;
};
