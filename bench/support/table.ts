/** A table for people: the first column is text, the others are figures. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export const formatTable = ({ title, columns, rows }: Table): string => {
  const cells = [columns, ...rows].map((row) => row.map(String));
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((row) => (row[index] ?? '').length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) =>
        index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = cells;
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [title, line(head), rule, ...body.map(line)].join('\n');
};

/** Milliseconds as seconds: `1.25`. */
export const seconds = (ms: number): string => (ms / 1000).toFixed(2);

export const oneDecimal = (value: number): string => value.toFixed(1);

/** Kibibytes as mebibytes: `12.3`. */
export const mebibytes = (kib: number): string => (kib / 1024).toFixed(1);
