import { isIP } from 'node:net';
import { asciiLowerCase, unfold } from '../mime/header-fields.ts';

/** A mail address in the form in which two of them can be compared: ASCII letters in lower case. */
export interface Address {
  readonly local: string;
  /** A host name or an IP literal with its brackets. */
  readonly domain: string;
}

export const formatAddress = ({ local, domain }: Address): string => `${local}@${domain}`;

const ATEXT = "[!#$%&'*+\\-/0-9=?A-Z^_`a-z{|}~\\x80-\\xff]+";
const DOT_ATOM = `${ATEXT}(?:\\.${ATEXT})*`;
const ADDR_SPEC = new RegExp(
  `^(${DOT_ATOM}|"(?:[^"\\\\\\x00-\\x1f]|\\\\[^\\x00-\\x1f])*")@(${DOT_ATOM}|\\[[0-9A-Za-z:.]+\\])$`,
);

/** Reads a bare address (RFC 5321 Mailbox, RFC 5322 addr-spec without white space). */
export const parseAddress = (text: string): Address | undefined => {
  const match = ADDR_SPEC.exec(text);
  return match
    ? { local: asciiLowerCase(match[1] ?? ''), domain: asciiLowerCase(match[2] ?? '') }
    : undefined;
};

export const sameAddress = (a: Address, b: Address): boolean =>
  a.local === b.local && a.domain === b.domain;

/** `[192.0.2.1]`, `[IPv6:2001:db8::1]`, and the same without brackets: no name in the DNS. */
export const isIpLiteral = (domain: string): boolean =>
  isIP(domain.replace(/^\[(?:ipv6:)?(.*)\]$/i, '$1')) !== 0;

/**
 * The address in the value of a From header that holds exactly one (RFC 5322 section 3.4):
 * `a@b`, `a@b (name)`, `name <a@b>`. Undefined for everything else, and for what readers are known
 * to understand differently: an unquoted `@` in the display name, groups, routes.
 */
export const parseFrom = (value: string): Address | undefined => {
  const text = stripComments(unfold(value))?.trim();
  if (text === undefined || text.length > 2000) return undefined;
  if (!text.endsWith('>')) return parseAddress(text);
  const open = text.lastIndexOf('<');
  if (open < 0 || !isDisplayName(text.slice(0, open).trim())) return undefined;
  return parseAddress(text.slice(open + 1, -1).trim());
};

/** Words and quoted strings; dots do not belong into words but are often seen. */
const isDisplayName = (text: string): boolean =>
  /^(?:[^\s\p{Cc}"@<>(),;:\\[\]]|"(?:[^"\\]|\\.)*"|[ \t])*$/u.test(text);

/** Without the comments outside quoted strings; undefined when one does not end. */
const stripComments = (text: string): string | undefined => {
  let depth = 0;
  let quoted = false;
  let kept = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    const escaped = char === '\\' && (quoted || depth > 0);
    const piece = escaped ? text.slice(i, i + 2) : char;
    if (escaped) i++;
    if (char === '"' && depth === 0) quoted = !quoted;
    if (char === '(' && !quoted) depth += 1;
    if (depth === 0) kept += piece;
    if (char === ')' && !quoted && depth > 0) depth -= 1;
  }
  return depth === 0 && !quoted ? kept : undefined;
};
