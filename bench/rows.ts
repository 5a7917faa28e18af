/** One measured figure. */
export interface Row {
  readonly group: string;
  readonly name: string;
  readonly lib: string;
  readonly value: number;
  readonly unit: string;
  /** Of the fastest that the machine allows in this run: see the group for what that is. */
  readonly shareOfCeiling?: number;
  /** How many times as fast as the named library. */
  readonly ratioTo?: Readonly<Record<string, number>>;
  /** How far a peer's numbers are from ours. */
  readonly relativeError?: number;
  /** What is wrong with them. */
  readonly why?: string;
}

/** Rows as a table in columns, one group below the other. */
export function formatRows(rows: readonly Row[]): string {
  const cells = rows.map(({ group, name, lib, value, unit, shareOfCeiling, ratioTo = {}, why = '' }) => [
    group,
    name,
    lib,
    `${value.toPrecision(4)} ${unit}`,
    shareOfCeiling === undefined ? '' : `${(100 * shareOfCeiling).toFixed(0)} % of the ceiling`,
    Object.entries(ratioTo)
      .map(([other, ratio]) => `${ratio.toFixed(2)} x ${other}`)
      .join(', ') || why,
  ]);
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  return cells
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
