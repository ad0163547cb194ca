/** Device tokens of an account, as its `metadata.json` holds them. Pure. Times are unix seconds. */

/** A client sets its token anew with each start; one that was not seen for so long is not in use. */
export const TOKEN_LIFETIME_S = 90 * 24 * 3600;
/** Devices of one person, generously. */
const MAX_TOKENS = 20;
/** Delta Chat's are about 700 bytes. */
const MAX_TOKEN_BYTES = 4096;

/** Time of the last setting by token. */
export type Tokens = ReadonlyMap<string, number>;

export interface Metadata {
  readonly tokens: Tokens;
  /** Whether the file has the older form, a list without times: they begin now. */
  readonly older: boolean;
  /** What else is in the file. */
  readonly others: Readonly<Record<string, unknown>>;
}

export const NO_METADATA: Metadata = { tokens: new Map(), older: false, others: {} };

const KEY = 'devicetoken';

/** Whether a client may set this. Tokens are handed out separated by spaces, so they have none. */
export const isToken = (text: string): boolean =>
  text.length <= MAX_TOKEN_BYTES && /^[\x21-\x7e]+$/.test(text);

/** Reads `metadata.json`. @throws SyntaxError when it is none */
export const parseMetadata = (json: string, now: number): Metadata => {
  const content: unknown = JSON.parse(json);
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw new SyntaxError('not an object');
  const { [KEY]: entry, ...others } = content as Record<string, unknown>;
  const older = Array.isArray(entry);
  const pairs: [string, unknown][] = older
    ? entry.map((token) => [String(token), now])
    : Object.entries(typeof entry === 'object' && entry !== null ? entry : {});
  const tokens = pairs.filter(
    (pair): pair is [string, number] => isToken(pair[0]) && Number.isFinite(pair[1]),
  );
  return { tokens: new Map(tokens), older, others };
};

export const formatMetadata = ({ tokens, others }: Metadata): string =>
  `${JSON.stringify({ ...others, [KEY]: Object.fromEntries(tokens) })}\n`;

/** Those in use at `now`, the last set ones of too many. */
export const currentTokens = (tokens: Tokens, now: number): Tokens =>
  new Map(
    [...tokens]
      .filter(([, set]) => now - set < TOKEN_LIFETIME_S)
      .sort(([, one], [, other]) => other - one)
      .slice(0, MAX_TOKENS),
  );
