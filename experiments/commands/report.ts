import type { Command } from '@commander-js/extra-typings';
import { writeOutput } from '../files/replaceFile.js';
import { printable } from '../text/printable.js';
import { resultsMarkdown } from '../report/run/markdown.js';
import { printResults, printVerdicts, printWarnings } from '../report/run/printResults.js';
import type { ReportedRun } from '../report/run/common/reportedRun.js';
import { writeReport } from '../report/run/runReport.js';
import { studyOfRun } from '../runner/configuration/findStudy.js';
import { readConfig } from '../runner/record/recordFiles.js';
import { summarize } from '../runner/results/results.js';
import { readRun } from '../runner/record/runData.js';
import type { StudyConfig } from '../studies/config.js';

/** `metagrad report DIR...`: rewrites tables, pictures and page of runs from what they measured. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description(
      'Write the tables, pictures and pages of runs again from their measurements, and print the results.',
    )
    .argument('<folders...>', 'folders of runs, as in runs/warm-start-20261105-040302')
    .option('--markdown <file>', 'also write the results of all runs to one Markdown file')
    .action(async (folders, { markdown }) => {
      const runs: ReportedRun[] = [];
      for (const folder of folders) {
        const record = readConfig(folder);
        const study = await studyOfRun('report', folder, record);
        const config = record.config as StudyConfig;
        const reproductions = study.reproductions?.(config, { compile: {} }) ?? {};
        const data = await readRun(folder, config);
        const results = summarize(reproductions, data);
        const run = { folder, study, record, reproductions, data, results };
        printResults(run);
        const { page, warnings } = await writeReport(run);
        printWarnings(warnings);
        runs.push(run);
        console.log(`report   ${printable(page)}`);
      }
      if (runs.length > 1) printVerdicts(runs);
      if (markdown === undefined) return;
      writeOutput(markdown, resultsMarkdown(runs));
      console.log(`results  ${printable(markdown)}`);
    });
}
