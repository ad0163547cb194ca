/**
 * Takes secrets out of text that is shown or written down: plans, logs, errors. Two ways: what looks
 * like a secret (keys, passwords, hashes of them), and what this process knows to be one.
 */

/** What stands in place of a secret. */
export const REDACTED = '[redacted]';

/** Shorter ones would tear holes into innocent words. */
const MIN_SECRET_LENGTH = 6;

const known = new Set<string>();

/** From now on `secret` is taken out wherever it appears. Too short ones are not remembered. */
export const registerSecret = (secret: string): void => {
  if (secret.length >= MIN_SECRET_LENGTH) known.add(secret);
};

const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/;
const KEY_END = /-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/;

/** The whole match is the secret; what introduces it is in a lookbehind. */
const PATTERNS: readonly RegExp[] = [
  // PEM (RFC 7468), OpenSSH, OpenPGP; a block that is cut off reaches to the end.
  new RegExp(`${KEY_BEGIN.source}[\\s\\S]*?(?:${KEY_END.source}|$)`, 'g'),
  // A line of a configuration file: `password = ...`, `static-auth-secret=...`, `"token": "..."`;
  // quoted or as a diff has it.
  /(?<=^[ \t|>+-]*["']?[\w.-]*(?:password|passwd|secret|token)["']?[ \t]*[:=][ \t]*)[^\s=].*$/gim,
  // JSON within a line.
  /(?<="[\w.-]*(?:password|passwd|secret|token)"\s*:\s*")(?:[^"\\]|\\.)+/gi,
  // An option of a command.
  /(?<=--[\w-]*(?:password|passwd|secret|token)[ =])\S+/gi,
  // Parameters of a URL; Delta Chat's logins have the password in `p`.
  /(?<=[?&](?:password|passwd|secret|token)=)[^&\s"'<>]+/gi,
  /(?<=\bdclogin:[^\s"'<>]*[?&]p=)[^&\s"'<>]+/gi,
  // The password in the authority of a URL (RFC 3986 section 3.2.1).
  /(?<=\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/gi,
  // Hashed passwords, crypt(5).
  /\$(?:1|2[abxy]|5|6|7|y|gy|argon2id?)\$[./\w=,+$-]{8,}/g,
  // TSIG keys as BIND and knsupdate write them.
  /(?<=\bsecret\s+")[^"]+/gi,
  /(?<=\bhmac-\w+:[^\s:]+:)[A-Za-z0-9+/]+=*/gi,
  // Credentials of HTTP, SMTP (RFC 4954) and IMAP.
  /(?<=\bauthorization:\s*\w+\s+)\S+/gi,
  /(?<=\bAUTH(?:ENTICATE)? PLAIN )\S+/gi,
];

/**
 * @param label what to put in place of a secret; by default always the same
 * @returns `text` without secrets
 */
export const redact = (
  text: string,
  label: (secret: string) => string = () => REDACTED,
): string => {
  const exact = [...known].reduce((rest, secret) => rest.replaceAll(secret, label), text);
  return PATTERNS.reduce((rest, pattern) => rest.replace(pattern, label), exact);
};

/** Longer than the armoured form of any key in use; what follows is something else. */
const MAX_KEY_LINES = 200;

/** {@link redact} for text that comes line by line: keys of many lines are recognised, too. */
export const createLineRedactor = (): ((line: string) => string) => {
  let left = 0;
  return (line) => {
    if (left > 0) {
      left = KEY_END.test(line) ? 0 : left - 1;
      return REDACTED;
    }
    if (KEY_BEGIN.test(line) && !KEY_END.test(line)) left = MAX_KEY_LINES;
    return redact(line);
  };
};
