/** Prints the results of runs on a terminal. */
import { noteOf, quickNote } from '../../runner/record/recordFiles.js';
import { printable } from '../../text/printable.js';
import { terminalTable, widthOf, wrap } from '../tables/terminal.js';
import { claimTable } from './tables/claimTables.js';
import { notesOf } from './notes.js';
import { familiesOf } from './common/claims.js';
import type { ReportedRun } from './common/reportedRun.js';
import { armTable, reproductionsTable, verdictTable } from './tables/resultTables.js';
import { verdictLines } from './tables/verdictLines.js';

/** Prints the results of a run: the verdicts in words first, and then the tables. */
export function printResults(run: ReportedRun): void {
  const { study, record, results, data } = run;
  console.log(`\n${printable(study.title)}\n`);
  const note = noteOf(record);
  if (note !== undefined) console.log(`${printable(note)}\n`);
  const { checks, claims } = familiesOf(results);
  if (claims.length > 0) console.log(`${verdictLines(claims, data)}\n`);
  if (checks.length > 0) console.log(`Manipulation checks\n\n${verdictLines(checks, data)}\n`);
  for (const text of notesOf(run))
    console.log(`${wrap(printable(text), widthOf(process.stdout)).join('\n')}\n`);
  const tables = [
    armTable(results.arms, data.metrics),
    reproductionsTable(results.reproductions),
    claimTable(claims, data),
    claimTable(checks, data),
  ];
  for (const table of tables) if (table.rows.length > 0) console.log(`${terminalTable(table)}\n`);
}

/** Prints the verdicts on all claims of several runs. */
export function printVerdicts(runs: readonly ReportedRun[]): void {
  console.log(`\n${terminalTable(verdictTable(runs))}`);
  if (runs.some(({ record }) => record.quick)) console.log(`\n${quickNote}`);
}

/** Prints warnings about a run's folder on stderr. */
export function printWarnings(warnings: readonly string[]): void {
  for (const warning of warnings) process.stderr.write(`metagrad: ${printable(warning)}\n`);
}
