/** The page of a run: its verdicts, the numbers behind them, and every picture. */
import type { Results } from '../../runner/results/results.js';
import { type RunConfig, noteOf } from '../../runner/record/recordFiles.js';
import type { RunData } from '../../runner/record/runData.js';
import type { SearchRange } from '../../studies/config.js';
import type { Reproduction, StudyDefinition } from '../../studies/study.js';
import { formatDuration } from '../../text/numbers.js';
import { onPage, type Page, type Section } from '../page/page.js';
import type { ReportTable } from '../tables/table.js';
import { settingText } from './conditions.js';
import { armTable, reproductionsTable, claimTable } from './resultTables.js';
import type { MissingFigure, RunFigure } from './runFigure.js';

/** The contents of a page. */
export interface RunPageParts {
  readonly study: StudyDefinition;
  readonly record: RunConfig;
  /** The backend of its plans. */
  readonly ran: string;
  readonly status: string;
  readonly seconds: number | undefined;
  readonly data: RunData;
  readonly results: Results;
  readonly reproductions: Readonly<Record<string, Reproduction>>;
  readonly figures: readonly RunFigure[];
  readonly missing: readonly MissingFigure[];
  /** Damages of the run's folder. */
  readonly warnings: readonly string[];
}

/** The page of a run as data. */
export function runPage(parts: RunPageParts): Page {
  const { study, figures } = parts;
  const shown = (part: RunFigure['part']) =>
    figures
      .filter((one) => one.part === part)
      .map(({ figure, folded }) => ({
        figure: onPage(figure, study.title),
        ...(folded !== undefined && { folded }),
      }));
  const sections: Section[] = [
    {
      title: 'Claims',
      prose: [
        'A claim is supported if the interval of the paired difference that decides is wholly on the claimed side, and not supported if it is wholly on the other side or within the margin around zero; otherwise the run is too small to tell. That interval is wider than the 95 % one beside it if the study has more comparisons (Holm), and narrower if equivalence is tested from both sides.',
      ],
      tables: [claimTable(parts.results)].filter(({ rows }) => rows.length > 0),
      figures: shown('claims'),
    },
    {
      title: 'Arms',
      tables: [armTable(parts.results.arms, parts.data.metrics), descriptionsTable(parts.data)],
      figures: shown('training'),
    },
    { title: 'Search', figures: shown('search') },
    reproductionsSection(parts, shown('reproduction')),
    {
      title: 'Record',
      prose: [
        ...parts.warnings,
        ...parts.missing.map(({ file, reason }) => `The picture '${file}' cannot be drawn: ${reason}`),
      ],
      tables: [recordTable(parts)],
    },
  ];
  return {
    title: study.title,
    prose: [noteOf(parts.record) ?? [], study.summary + '.'].flat(),
    sections: sections.filter(
      ({ figures: shownFigures = [], tables = [] }) => shownFigures.length + tables.length > 0,
    ),
  };
}

function rangeText(range: SearchRange): string {
  if ('choices' in range) return `of ${range.choices.join(', ')}`;
  const { low, high, log, int = false } = range;
  const kinds = [...(log ? ['log'] : []), ...(int ? ['integer'] : [])];
  return `${low} to ${high}${kinds.length === 0 ? '' : ` (${kinds.join(', ')})`}`;
}

function descriptionsTable({ config }: RunData): ReportTable {
  return {
    caption: 'The arms.',
    headers: ['arm', 'what it does', 'searched', 'trains on'],
    rows: Object.entries(config.arms).map(([arm, { description, space, tunedAs, sweep, trainsOn }]) => [
      arm,
      description,
      [
        ...Object.entries(space).map(([name, range]) => `${name} ${rangeText(range)}`),
        ...(tunedAs === undefined ? [] : [`as ${tunedAs}`]),
        ...(sweep === undefined ? [] : [`${sweep.parameter} swept over ${sweep.values.join(', ')}`]),
      ].join('; ') || 'nothing',
      trainsOn,
    ]),
  };
}

function reproductionsSection(
  { results, reproductions }: RunPageParts,
  figures: NonNullable<Section['figures']>,
): Section {
  const table = reproductionsTable(results.reproductions);
  return {
    title: 'As it was written',
    prose: [...new Set(Object.values(reproductions).flatMap(({ defects }) => defects))],
    tables: table.rows.length === 0 ? [] : [table],
    figures,
  };
}

function recordTable({ record, ran, status, seconds, data: { config } }: RunPageParts): ReportTable {
  const { versions, machine, startedAt, seed } = record;
  const { protocol, task, batchSize, epochs, trials, searches, seeds, reproductions, sampler, pruner } =
    config;
  const note = noteOf(record);
  return {
    headers: ['', ''],
    rows: [
      ...(note === undefined ? [] : [['kind of run', note]]),
      ['protocol', protocol],
      ...Object.entries(task).map(([name, value]) => [name, settingText(value)]),
      ['batch size', String(batchSize)],
      ['epochs', `${epochs.tune} in the search, ${epochs.final} on fresh seeds`],
      [
        'search',
        `${sampler}, ${trials} trials, ${searches} for each arm${pruner === 'median' ? ', pruned by the median' : ''}`,
      ],
      ['fresh seeds', String(seeds)],
      ['executions as written', String(reproductions)],
      ['seed', String(seed)],
      ['backend', ran],
      ['versions', `metagrad ${versions.metagrad}, Node ${versions.node}`],
      ['machine', `${machine.cpu}, ${machine.cores} cores, ${machine.platform}`],
      ['begun', startedAt],
      ['status', seconds === undefined ? status : `${status}, ${formatDuration(seconds)}`],
    ],
  };
}
