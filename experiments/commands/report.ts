import { writeFileSync } from 'node:fs';
import type { Command } from '@commander-js/extra-typings';
import { resultsMarkdown } from '../report/markdown.js';
import { printResults, verdictsTable } from '../report/resultTables.js';
import { type ReportedRun, writeReport } from '../report/runReport.js';
import { findStudy } from '../runner/laboratory.js';
import { readConfig } from '../runner/record.js';
import { summarize } from '../runner/results.js';
import { readRun } from '../runner/runData.js';
import type { StudyConfig } from '../studies/config.js';

/** `metagrad report DIR...`: tables, pictures and page of runs again, from what they measured. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description(
      'Write the tables, pictures and page of runs anew from what they measured, and print the results.',
    )
    .argument('<folders...>', 'folders of runs, as in runs/warm-start-20261105-040302')
    .option('--markdown <file>', 'also write what all of them found to one Markdown file')
    .action(async (folders, { markdown }) => {
      const runs: ReportedRun[] = [];
      for (const folder of folders) {
        const record = readConfig(folder);
        const study = await findStudy(record.reference);
        const config = record.config as StudyConfig;
        const asWritten = study.asWritten?.(config) ?? {};
        const data = await readRun(folder, config);
        const results = summarize(asWritten, data);
        const run = { folder, study, record, asWritten, data, results };
        printResults(study.title, results);
        const { page } = await writeReport(run);
        runs.push(run);
        console.log(`report   ${page}`);
      }
      if (runs.length > 1) console.log(`\n${verdictsTable(runs)}`);
      if (markdown === undefined) return;
      writeFileSync(markdown, resultsMarkdown(runs));
      console.log(`results  ${markdown}`);
    });
}
