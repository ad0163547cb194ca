const UNITS = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 } as const;
type Unit = keyof typeof UNITS;

/** Reads `500M`, `1G`, `31457280` (binary units, as Dovecot's quota does). Bytes, or undefined. */
export const parseSize = (text: string): number | undefined => {
  const match = /^(\d{1,15})\s*([KMGT]?)B?$/i.exec(text.trim());
  if (!match) return undefined;
  const bytes = Number(match[1]) * UNITS[(match[2] ?? '').toUpperCase() as Unit];
  return Number.isSafeInteger(bytes) ? bytes : undefined;
};

/** Writes bytes with the largest unit that leaves a whole number: 524288000 -> `500M`. */
export const formatSize = (bytes: number): string => {
  const units: readonly Unit[] = ['T', 'G', 'M', 'K'];
  const unit = units.find((candidate) => bytes > 0 && bytes % UNITS[candidate] === 0) ?? '';
  return `${bytes / UNITS[unit]}${unit}`;
};
