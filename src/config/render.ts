/** From settings to the text of a chatmail.ini: commented for people, bare for the relay. */
import { INI_SECTION } from './ini.ts';
import {
  CONFIG_KEYS,
  type Config,
  type ConfigKey,
  configSchema,
  SECTIONS,
  type Section,
  settingMeta,
} from './schema.ts';
import { formatSize } from './size.ts';

/** Values as they are spelt in the file. */
export type IniValues = Partial<Record<ConfigKey, string>> & { readonly mail_domain: string };

/**
 * A commented chatmail.ini with every key. Keys that `values` does not set stand there as comments
 * with their defaults, so that a later version's better default reaches the relay.
 */
export const renderIni = (values: IniValues): string => {
  const defaults = configSchema.parse({ mail_domain: values.mail_domain });
  const lines = [
    '# Configuration of a chatmail relay, read by cmdeploy.',
    '# A line like "#key = value" shows a default; remove the # to change it.',
    '',
    `[${INI_SECTION}]`,
  ];
  for (const section of Object.keys(SECTIONS) as Section[]) {
    lines.push('', `# --- ${SECTIONS[section]} ---`);
    for (const key of CONFIG_KEYS.filter((name) => settingMeta(name).section === section)) {
      const { doc } = settingMeta(key);
      const value = values[key];
      if (doc !== '') lines.push('', ...doc.split('\n').map((line) => `# ${line}`));
      lines.push(
        value === undefined
          ? `#${key} = ${formatSetting(key, defaults[key])}`.trimEnd()
          : `${key} = ${value}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
};

/** The same settings without comments: what the relay's own services read. Depends on values only. */
export const canonicalIni = (config: Config): string => {
  const lines = CONFIG_KEYS.filter((key) => config[key] !== undefined).map(
    (key) => `${key} = ${formatSetting(key, config[key])}`,
  );
  return `[${INI_SECTION}]\n${lines.join('\n')}\n`;
};

const SIZE_KEYS: readonly ConfigKey[] = [
  'max_mailbox_size',
  'min_available_memory',
  'min_free_disk_space',
];

/** The value of a key as chatmail.ini spells it. */
const formatSetting = (key: ConfigKey, value: Config[ConfigKey]): string => {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value === 'object' && 'first' in value) return `${value.first}-${value.last}`;
  if (typeof value === 'number' && SIZE_KEYS.includes(key)) return formatSize(value);
  return String(value);
};
