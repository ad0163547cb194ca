/** Both sides of the first `separator`; all of `line` and nothing where there is none. */
export const cut = (line: string, separator: string): [string, string] => {
  const at = line.indexOf(separator);
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + separator.length)];
};
