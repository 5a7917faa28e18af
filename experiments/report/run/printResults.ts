/** Prints the results of runs on a terminal. */
import { noteOf, quickNote } from '../../runner/record/recordFiles.js';
import { printable } from '../../text/printable.js';
import { terminalTable } from '../tables/terminal.js';
import type { ReportedRun } from './reportedRun.js';
import { armTable, reproductionsTable, claimTable, verdictTable } from './resultTables.js';

/** Prints the results of a run. */
export function printResults({ study, record, results, data }: ReportedRun): void {
  console.log(`\n${printable(study.title)}\n`);
  const note = noteOf(record);
  if (note !== undefined) console.log(`${printable(note)}\n`);
  const tables = [
    armTable(results.arms, data.metrics),
    reproductionsTable(results.reproductions),
    claimTable(results),
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
