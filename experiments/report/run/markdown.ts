/** What runs found, as Markdown: for each claim what was stated, what its program gives, what is right, and the verdict. */
import type { FigureResult } from '../../runner/results/results.js';
import { printable } from '../../text/printable.js';
import { quickNote, readSummary } from '../../runner/record/recordFiles.js';
import { formatDuration } from '../../text/numbers.js';
import { decidingInterval, interval, significant, spread } from './resultTables.js';
import type { ReportedRun } from './reportedRun.js';

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
        'level beside it, higher where a study has more comparisons (Holm) and lower where equivalence is tested from both sides. Detectable is the difference that 80 % of such runs would find. [Studies](studies.md) says how a verdict is found.',
      verdictTable(runs),
      ...runs.flatMap(section),
    ].join('\n\n') + '\n'
  );
}

/** One line for each claim. */
function verdictTable(runs: readonly ReportedRun[]): string {
  const rows = runs.flatMap(({ study, results }) =>
    results.claims.map(({ id, statement, verdict }) => [
      plain(study.name),
      plain(`${id}: ${statement}`),
      `**${verdict}**`,
    ]),
  );
  return table(['study', 'claim', 'verdict'], rows);
}

function section({ study, record, folder, data: { config }, results }: ReportedRun): string[] {
  const { protocol, samples, epochs, trials, searches, seeds, reproductions, sizes } = config;
  const parts = [
    `## ${plain(`${study.name}: ${study.title}`)}`,
    ...(record.quick === true ? [`**${quickNote}**`] : []),
    `${samples} samples, ${sizes.join('-')}, protocol \`${protocol}\`; ${searches} searches of ${trials} trials x ${epochs.tune} epochs for each arm, ` +
      `${seeds} fresh seeds x ${epochs.final} epochs, ${reproductions} executions as written; ${formatDuration(readSummary(folder).seconds ?? 0)}.`,
    table(
      [
        'claim',
        'stated',
        'as written, ours',
        'right: difference, 95 %',
        'decided by',
        'pairs',
        'detectable',
        'p (Holm)',
        'verdict',
      ],
      results.claims.flatMap(({ id, statement, stated, reproductions, arm, comparisons, share, verdict }) =>
        comparisons.map((one, i) => [
          i === 0 ? plain(`${id}: ${statement}`) : '',
          i === 0 ? plain(stated ?? '-') : '',
          i === 0 ? figuresOf(results.reproductions, reproductions) : '',
          share === null
            ? `${plain(`${arm} − ${one.against}`)}: ${interval(one.difference, 4)}`
            : `${plain(`${arm} below ${one.against}`)} at ${(100 * share).toFixed(0)} % of epochs`,
          decidingInterval(one, share),
          String(one.pairs),
          one.detectable === null || share !== null ? '-' : significant(one.detectable, 2),
          one.adjustedP === null || share !== null ? '-' : significant(one.adjustedP, 2),
          i === 0 ? `**${verdict}**` : '',
        ]),
      ),
    ),
    table(
      ['arm', 'test loss', 'test accuracy', 'seeds'],
      results.arms
        .filter(({ finals }) => finals.length > 0)
        .map(({ arm, loss, accuracy, finals }) => [
          plain(arm),
          interval(loss, 4),
          interval(accuracy, 3),
          String(finals.length),
        ]),
    ),
  ];
  const measured = results.reproductions.filter(({ values }) => values.length > 0);
  if (measured.length > 0)
    parts.push(
      table(
        ['as written', 'figure', 'stated', 'ours: median [min, max]', 'PyTorch 1.13', 'p (Mann-Whitney)'],
        measured.map(({ program, description, stated, values, reference = [], referenceP }) => [
          plain(program),
          plain(description),
          stated?.toString() ?? '-',
          spread(values),
          spread(reference),
          referenceP === null ? '-' : significant(referenceP, 2),
        ]),
      ),
    );
  return parts;
}

function figuresOf(figures: readonly FigureResult[], names: readonly string[]): string {
  const found = names.flatMap((name) =>
    figures.filter(
      ({ program, name: figure, values }) => `${program}/${figure}` === name && values.length > 0,
    ),
  );
  return found.map(({ name, median }) => `${plain(name)} ${significant(median!, 4)}`).join(', ') || '-';
}

const table = (headers: readonly string[], rows: readonly (readonly string[])[]): string =>
  [headers, headers.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** A name or a sentence of the study's as Markdown shows it, within one cell or line: nothing in it is markup. */
export const plain = (text: string): string =>
  printable(text.replaceAll(/\s+/g, ' ')).replaceAll(/[\\`*_[\]<>|#~&$]/g, (character) =>
    /[<>&]/.test(character) ? `&#${character.charCodeAt(0)};` : `\\${character}`,
  );
