/** From the text of chatmail.ini to a {@link Config}; every mistake at once, each with line and fix. */
import { readFileSync } from 'node:fs';
import { type IniEntry, type IniProblem, parseIni } from './ini.ts';
import { nearest } from './nearest.ts';
import { CONFIG_KEYS, type Config, configSchema, DROPPED_KEYS, MULTILINE_KEYS } from './schema.ts';

/** chatmail.ini could not be used; the message lists every problem as `FILE:LINE: what and fix`. */
export class ConfigError extends Error {
  readonly file: string;
  readonly problems: readonly IniProblem[];
  constructor(file: string, problems: readonly IniProblem[]) {
    super(problems.map(({ line, message }) => `${file}:${line}: ${message}`).join('\n'));
    this.name = 'ConfigError';
    this.file = file;
    this.problems = problems;
  }
}

/** chatmail.ini could not be read at all. */
export class ConfigFileError extends Error {
  constructor(file: string, cause: NodeJS.ErrnoException) {
    super(
      cause.code === 'ENOENT'
        ? `${file}: no such file; make one with: cmdeploy init DOMAIN --config ${file}`
        : `${file}: cannot be read (${cause.code ?? cause.message})`,
      { cause },
    );
    this.name = 'ConfigFileError';
  }
}

export interface LoadedConfig {
  readonly config: Config;
  /** Things that work but deserve a word, as `FILE:LINE: text`. */
  readonly warnings: readonly string[];
}

/** No operator's chatmail.ini comes near this; a larger file is not one. Bytes. */
const MAX_INI_BYTES = 1024 * 1024;

/** @throws {ConfigFileError} unreadable, {@link ConfigError} readable but wrong */
export const loadConfigFile = (file: string): LoadedConfig => {
  try {
    return parseConfig(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      throw new ConfigFileError(file, error as NodeJS.ErrnoException);
    }
    throw error;
  }
};

/** {@link loadConfigFile} for callers that have no one to warn. */
export const loadConfig = (file: string): Config => loadConfigFile(file).config;

/** @param file only names the text in messages */
export const parseConfig = (text: string, file: string): LoadedConfig => {
  if (text.length > MAX_INI_BYTES) {
    throw new ConfigError(file, [{ line: 1, message: 'is larger than 1 MiB; not a chatmail.ini' }]);
  }
  const ini = parseIni(text);
  const dropped = ini.entries.filter(({ key }) => DROPPED_KEYS.includes(key));
  const entries = ini.entries.filter(({ key }) => !DROPPED_KEYS.includes(key));
  const known = entries.filter(({ key }) => isConfigKey(key));
  const parsed = configSchema.safeParse(
    Object.fromEntries(known.map(({ key, value }) => [key, value])),
  );
  const problems = [
    ...ini.problems,
    ...entries.flatMap(unknownKey),
    ...known.flatMap(wrongContinuation),
    ...(parsed.error?.issues ?? []).map(({ path, message }) =>
      schemaProblem(String(path[0] ?? ''), message, known),
    ),
    ...(parsed.data ? contradictions(parsed.data, known) : []),
  ].sort((a, b) => a.line - b.line);
  if (problems.length > 0 || !parsed.data) throw new ConfigError(file, problems);
  return {
    config: parsed.data,
    warnings: dropped.map(
      ({ key, line }) => `${file}:${line}: ${key} no longer exists and is ignored; remove the line`,
    ),
  };
};

const isConfigKey = (key: string): boolean => CONFIG_KEYS.some((known) => known === key);

const unknownKey = ({ key, line }: IniEntry): IniProblem[] => {
  if (isConfigKey(key)) return [];
  const near = nearest(key, CONFIG_KEYS);
  const fix = near ? `did you mean ${near}?` : 'remove the line';
  return [{ line, message: `unknown key ${JSON.stringify(key)}; ${fix}` }];
};

const wrongContinuation = ({ key, line, continued }: IniEntry): IniProblem[] =>
  continued && !MULTILINE_KEYS.includes(key)
    ? [{ line, message: `${key} must be on one line; the line below it is indented` }]
    : [];

const schemaProblem = (key: string, message: string, known: readonly IniEntry[]): IniProblem => {
  const entry = known.find((candidate) => candidate.key === key);
  if (!entry) return { line: 1, message: `${key} is missing; add a line: ${key} = ...` };
  return { line: entry.line, message: `${key} ${message}` };
};

/** What the values of several keys say together. */
const contradictions = (config: Config, known: readonly IniEntry[]): IniProblem[] => {
  if (config.username_min_length <= config.username_max_length) return [];
  const line = known.find(({ key }) => key === 'username_min_length')?.line ?? 1;
  return [{ line, message: 'username_min_length must not be above username_max_length' }];
};
