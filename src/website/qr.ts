/** QR codes as SVG. Used by the pages' script in browsers too. */
import { encode } from 'uqr';

/** Light modules around the code that readers need (ISO/IEC 18004 section 6.3.8). */
const QUIET_ZONE = 4;

export interface QrShape {
  /** Modules from edge to edge, the quiet zone included: the units of `path`. */
  readonly size: number;
  /** Path data of the dark modules. */
  readonly path: string;
}

/** A QR code with medium error correction, for screens and for paper. */
export const qrShape = (text: string): QrShape => {
  const { size, data } = encode(text, { ecc: 'M', border: QUIET_ZONE });
  return { size, path: pathOf(data) };
};

/** The text of an SVG file with the code: dark on white, whatever the colours around it. */
export const qrSvg = (text: string): string => {
  const { size, path } = qrShape(text);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">`,
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/>`,
    `<path d="${path}"/>`,
    '</svg>\n',
  ].join('\n');
};

/** SVG 2 section 9.3: each run of dark modules in a row is a rectangle of height 1. */
const pathOf = (rows: readonly (readonly boolean[])[]): string =>
  rows
    .flatMap((row, y) =>
      runsOf(row).map(([start, length]) => `M${start} ${y}h${length}v1h-${length}z`),
    )
    .join('');

const runsOf = (row: readonly boolean[]): (readonly [start: number, length: number])[] =>
  row.flatMap((dark, x) => {
    if (!dark || row[x - 1] === true) return [];
    const end = row.indexOf(false, x);
    return [[x, (end < 0 ? row.length : end) - x] as const];
  });
