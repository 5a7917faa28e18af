/** The results of runs as Markdown: for each claim the stated figures, those of its program, the right ones, and the verdict. */
import { noteOf, readSummary } from '../../runner/record/recordFiles.js';
import { formatDuration } from '../../text/numbers.js';
import { markdownTable, plain } from '../tables/markdown.js';
import { withoutDetails } from '../tables/table.js';
import { taskWords } from './common/conditions.js';
import { familiesOf } from './common/claims.js';
import type { ReportedRun } from './common/reportedRun.js';
import { claimTable, effectTable, statedTable } from './tables/claimTables.js';
import { notesOf } from './notes.js';
import { armTable, reproductionsTable, verdictTable } from './tables/resultTables.js';
import { sentenceTable } from './tables/verdictLines.js';

/** The document, one section for each run. */
export function resultsMarkdown(runs: readonly ReportedRun[]): string {
  const [{ record }] = runs;
  const seconds = runs.reduce((sum, { folder }) => sum + (readSummary(folder).seconds ?? 0), 0);
  const { machine, versions } = record;
  return (
    [
      '# Results',
      `Made by \`metagrad report ... --markdown\` from ${runs.length} runs of metagrad ${versions.metagrad} on Node ${versions.node}, ` +
        `begun ${record.startedAt.slice(0, 10)}, on ${machine.cpu} (${machine.cores} cores, ${machine.platform}), ` +
        `in ${formatDuration(seconds)} together. Differences are paired by seed, with 95 % intervals; the interval that decides has the ` +
        'level beside it, higher where a study has more claims (Holm) and lower where equivalence is tested from both sides. Detectable is the difference that 80 % of such runs would find at that level. [Studies](studies.md) says how a verdict is found.',
      verdictsOf(runs),
      ...runs.flatMap(section),
    ].join('\n\n') + '\n'
  );
}

/** One line for each claim, without the path of the page, which is on this machine. */
const verdictsOf = (runs: readonly ReportedRun[]): string =>
  markdownTable(withoutDetails({ ...verdictTable(runs), details: ['report'] }));

function section(run: ReportedRun): string[] {
  const { study, record, folder, data, results } = run;
  const { config, metrics } = data;
  const { protocol, task, epochs, trials, searches, seeds, reproductions } = config;
  const arms = armTable(results.arms, metrics);
  const { checks, claims } = familiesOf(results);
  const tables = [
    sentenceTable(results.claims, data),
    claimTable(claims, data),
    claimTable(checks, data),
    effectTable(results.claims),
    statedTable(results.claims, results.reproductions),
    { ...arms, rows: arms.rows.filter((_, i) => results.arms[i].finals.length > 0) },
    reproductionsTable(results.reproductions),
  ];
  const note = noteOf(record);
  return [
    `## ${plain(`${study.name}: ${study.title}`)}`,
    ...(note === undefined ? [] : [`**${plain(note)}**`]),
    `${[...taskWords(task), `protocol \`${protocol}\``].join(', ')}; ${searches} searches of ${trials} trials x ${epochs.tune} epochs for each arm, ` +
      `${seeds} fresh seeds x ${epochs.final} epochs, ${reproductions} executions as written; ${formatDuration(readSummary(folder).seconds ?? 0)}.`,
    ...notesOf(run).map(plain),
    ...tables.filter(({ rows }) => rows.length > 0).map(markdownTable),
  ];
}
