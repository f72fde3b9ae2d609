/** Rows of a table as text: columns as wide as what they hold, two blanks between them. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, text] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, text.length);
    }
  }
  return rows
    .map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** Data for programs: names as the services write them, indented for whoever looks at it. */
export function jsonOf(data: unknown): string {
  return `${JSON.stringify(data, undefined, 2)}\n`;
}
