/**
 * `tag=value;tag=value` lists as DKIM, DMARC and MTA-STS have them (RFC 6376 section 3.2): order and
 * white space carry no meaning, tag names no case here.
 */
export type Tags = ReadonlyMap<string, string>;

/** The first of two equal tags counts. @returns undefined when `text` is not such a list */
export const parseTags = (text: string): Tags | undefined => {
  const tags = new Map<string, string>();
  for (const part of text.split(';')) {
    if (part.trim() === '') continue;
    const at = part.indexOf('=');
    if (at === -1) return undefined;
    const name = part.slice(0, at).trim().toLowerCase();
    if (!/^[a-z][a-z0-9_-]*$/.test(name)) return undefined;
    if (!tags.has(name)) tags.set(name, part.slice(at + 1).trim());
  }
  return tags;
};

/** A colon-separated value as a list: `s=email:other`. */
export const listOf = (value: string): string[] =>
  value.split(':').map((item) => item.trim().toLowerCase());
