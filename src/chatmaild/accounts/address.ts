/** Which addresses this relay has, or would make. Pure. */
import { domainInAddress } from '../../config/domain.ts';

export interface AccountRules {
  /** A domain or an IP address. */
  readonly mail_domain: string;
  readonly username_min_length: number;
  readonly username_max_length: number;
  readonly password_min_length: number;
}

/** `openssl passwd` cuts passwords at 256 bytes; a longer one would not be what the user typed. */
const PASSWORD_MAX_BYTES = 250;

/**
 * Names under which strangers expect whoever runs the domain (RFC 2142), and certificate authorities
 * send proofs of ownership (CA/Browser Forum Baseline Requirements 3.2.2.4.4): for nobody to take.
 */
const ROLE_NAMES: ReadonlySet<string> = new Set([
  'abuse',
  'admin',
  'administrator',
  'hostmaster',
  'mailer-daemon',
  'noc',
  'postmaster',
  'root',
  'security',
  'webmaster',
]);

/** Longest local part (RFC 5321 section 4.5.3.1.1). */
const LOCAL_PART_MAX = 64;

/**
 * `text` as this relay spells the address, lower case, when it can be one of its own: otherwise
 * undefined. What comes back holds no path separator and is safe as the name of a folder.
 */
export const ownAddress = (text: string, mailDomain: string): string | undefined => {
  const match = /^([a-z0-9._-]+)@([a-z0-9._-]+|\[[a-z0-9.:]+\])$/i.exec(text);
  const [local = '', domain = ''] = match?.slice(1).map((part) => part.toLowerCase()) ?? [];
  if (local === '' || local.length > LOCAL_PART_MAX || domain !== domainInAddress(mailDomain))
    return undefined;
  return `${local}@${domain}`;
};

/**
 * Why no account of this name and password may be made, or undefined when one may.
 * `address` comes from {@link ownAddress}; in `password` each character is one byte (latin1).
 */
export const ruleAgainst = (
  address: string,
  password: string,
  rules: AccountRules,
): string | undefined => {
  const local = address.slice(0, address.indexOf('@'));
  if (local.length < rules.username_min_length || local.length > rules.username_max_length)
    return 'length of the user name';
  // Dots as in RFC 5321 section 4.1.2 (Dot-string); Postfix refuses recipients that begin with "-".
  if (!/^[a-z0-9_][a-z0-9_-]*(\.[a-z0-9_-]+)*$/.test(local)) return 'form of the user name';
  if (ROLE_NAMES.has(local)) return 'a role name';
  if (password.length < rules.password_min_length) return 'password too short';
  if (password.length > PASSWORD_MAX_BYTES) return 'password too long';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  return /[\u0000-\u001f\u007f]/.test(password) ? 'control characters in the password' : undefined;
};
