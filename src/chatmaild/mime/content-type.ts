import { asciiLowerCase, unfold } from './header-fields.ts';

export interface ContentType {
  /** Lower case: `multipart/encrypted`. */
  readonly type: string;
  /** By lower-case attribute. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[!#$%&'*+\\-.0-9A-Z^_`a-z{|}~]+";
const MEDIA_TYPE = new RegExp(`^[ \\t]*(${TOKEN}/${TOKEN})[ \\t]*`);
const PARAMETER = new RegExp(
  `;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\\\r\\n]|\\\\[^\\r\\n])*)")[ \\t]*)?`,
  'y',
);

/**
 * Reads a Content-Type (RFC 2045 section 5.1). Undefined when it is malformed or could mean
 * different things to different readers: duplicate parameters, comments, a boundary in the RFC 2231
 * spelling.
 */
export const parseContentType = (value: string): ContentType | undefined => {
  const text = unfold(value);
  const media = MEDIA_TYPE.exec(text);
  if (!media) return undefined;
  const parameters = new Map<string, string>();
  let at = media[0].length;
  while (at < text.length) {
    PARAMETER.lastIndex = at;
    const match = PARAMETER.exec(text);
    if (!match) return undefined;
    at = PARAMETER.lastIndex;
    const [, attribute, token, quoted] = match;
    if (attribute === undefined) continue;
    const name = asciiLowerCase(attribute);
    if (parameters.has(name) || name.startsWith('boundary*')) return undefined;
    parameters.set(name, token ?? (quoted ?? '').replace(/\\(.)/g, '$1'));
  }
  return { type: asciiLowerCase(media[1] ?? ''), parameters };
};

/** RFC 2046 section 5.1.1: up to 70 characters, not ending in a space. */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;

/** The boundary of a multipart type; undefined when there is no valid one. */
export const boundaryOf = (contentType: ContentType): string | undefined => {
  const boundary = contentType.parameters.get('boundary');
  return boundary !== undefined && BOUNDARY.test(boundary) ? boundary : undefined;
};
