/**
 * Reads a tag list (RFC 6376 section 3.2). Undefined when it is malformed or names a tag twice.
 */
export const parseTags = (text: string): ReadonlyMap<string, string> | undefined => {
  const tags = new Map<string, string>();
  for (const spec of text.split(';')) {
    const trimmed = spec.trim();
    if (trimmed === '') continue;
    const equals = trimmed.indexOf('=');
    const name = trimmed.slice(0, Math.max(equals, 0)).trimEnd();
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name) || tags.has(name)) return undefined;
    tags.set(name, trimmed.slice(equals + 1).trimStart());
  }
  return tags;
};

/** A list like `from : to : date`, in lower case. */
export const colonList = (value: string): string[] =>
  value.split(':').map((item) => item.trim().toLowerCase());

/** A base64 value, in which white space may stand anywhere. Undefined when it is not base64. */
export const base64Value = (value: string): Buffer | undefined => {
  const text = value.replace(/[ \t\r\n]+/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
};
