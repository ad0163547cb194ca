/**
 * Reads the text of an ini file, as far as chatmail.ini goes: one section, `key = value` or
 * `key: value`, whole-line comments with `#` or `;`, values continued on indented lines. Own code
 * because the libraries for it lose the line numbers that our errors must name.
 */

/** One `key = value`, with the 1-based line on which it begins. */
export interface IniEntry {
  readonly key: string;
  readonly value: string;
  readonly line: number;
  /** Whether the value went on over further lines; they are joined with single spaces. */
  readonly continued: boolean;
}

export interface IniProblem {
  readonly line: number;
  readonly message: string;
}

export interface IniFile {
  readonly entries: readonly IniEntry[];
  readonly problems: readonly IniProblem[];
}

/** The only section that a chatmail.ini has. */
export const INI_SECTION = 'params';

export const parseIni = (text: string): IniFile => {
  const entries: IniEntry[] = [];
  const problems: IniProblem[] = [];
  let section: string | undefined;
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  lines.forEach((raw, index) => {
    const line = index + 1;
    const content = raw.trim();
    if (content === '' || /^[#;]/.test(content)) return;
    const header = /^\[([^\]]*)\]$/.exec(content);
    if (header) {
      section = header[1]?.trim() ?? '';
      if (section !== INI_SECTION) {
        problems.push({ line, message: `unknown section [${section}]; only [params] exists` });
      }
      return;
    }
    if (/^\s/.test(raw) && continueLast(entries, content)) return;
    const problem = section === undefined ? 'stands before the section header [params]' : undefined;
    const entry = parseEntry(content, line);
    if (!entry) problems.push({ line, message: 'is not of the form "key = value"' });
    else if (problem) problems.push({ line, message: `${entry.key} ${problem}` });
    else if (section === INI_SECTION) entries.push(entry);
  });
  return { entries, problems: [...problems, ...duplicates(entries)] };
};

const parseEntry = (content: string, line: number): IniEntry | undefined => {
  const match = /^([^=:\s]+)\s*[=:]\s*(.*)$/.exec(content);
  if (!match) return undefined;
  return { key: match[1] ?? '', value: match[2] ?? '', line, continued: false };
};

const continueLast = (entries: IniEntry[], content: string): boolean => {
  const last = entries.pop();
  if (!last) return false;
  entries.push({ ...last, value: `${last.value} ${content}`.trim(), continued: true });
  return true;
};

const duplicates = (entries: readonly IniEntry[]): IniProblem[] => {
  const first = new Map<string, number>();
  return entries.flatMap(({ key, line }) => {
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, line);
    return earlier === undefined
      ? []
      : [{ line, message: `${key} is set twice; it was set on line ${earlier} already` }];
  });
};
