/** The page of a run: its verdicts, the numbers behind them, and every picture. */
import type { Results } from '../../runner/results/results.js';
import { type RunConfig, noteOf } from '../../runner/record/recordFiles.js';
import type { RunData } from '../../runner/record/runData.js';
import type { ArmConfig, SearchRange } from '../../studies/config.js';
import type { Reproduction, StudyDefinition } from '../../studies/study.js';
import { formatDuration } from '../../text/numbers.js';
import { onPage, type Page, type Section } from '../page/page.js';
import type { ReportTable } from '../tables/table.js';
import { settingText } from './common/conditions.js';
import { changesTable } from './tables/changesTable.js';
import { claimTable, effectTable, sensitivityTable, statedTable } from './tables/claimTables.js';
import { notesOf } from './notes.js';
import { familiesOf } from './common/claims.js';
import { isInterim } from './common/reportedRun.js';
import { armTable, reproductionsTable } from './tables/resultTables.js';
import { secondsTable } from './tables/secondsTable.js';
import { sentenceTable } from './tables/verdictLines.js';
import type { MissingFigure, RunFigure } from './figures/runFigure.js';

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
    ...claimSections(parts, shown('claims')),
    {
      title: 'Arms',
      tables: [
        armTable(parts.results.arms, parts.data.metrics),
        descriptionsTable(parts.data),
        secondsTable(parts.data),
      ].filter(({ rows }) => rows.length > 0),
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
      tables: [recordTable(parts), changesTable(parts)].filter(({ rows }) => rows.length > 0),
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

/** The verdicts in words, and the numbers and pictures behind them. */
function claimSections(parts: RunPageParts, figures: NonNullable<Section['figures']>): readonly Section[] {
  const { results, data } = parts;
  const { checks, claims } = familiesOf(results);
  const withRows = (...tables: readonly ReportTable[]) => tables.filter(({ rows }) => rows.length > 0);
  const notes = notesOf(parts);
  return [
    {
      title: 'Verdicts',
      prose: isInterim({ data }) ? [interimNote, ...notes] : notes,
      tables: withRows(sentenceTable(claims, data), {
        caption: 'Manipulation checks: whether what the claims are about took place.',
        ...sentenceTable(checks, data),
      }),
    },
    {
      title: 'Claims',
      prose: [howDecided],
      tables: withRows(
        claimTable(claims, data),
        {
          ...claimTable(checks, data),
          caption: 'Manipulation checks, a family of their own in the correction for several claims.',
        },
        effectTable(results.claims),
        statedTable(results.claims, results.reproductions),
        ...results.claims.map(sensitivityTable),
      ),
      figures,
    },
  ];
}

const interimNote =
  'This run is not complete: its verdicts are interim, and those of the whole run may be others.';

const howDecided =
  'A claim is supported if the interval that decides lies wholly on the claimed side of 0 (for equivalence, within the margin), for each arm that it is compared with. It is refuted as worse if the interval lies on the other side, and as no difference if it lies within the margin on both sides of 0; for equivalence, as worse or better beyond the margin. Otherwise the run is too small to tell. The interval that decides has the level that Holm’s correction for several claims asks, and less where equivalence is tested from both sides; the 95 % one stands beside it. Each sensitivity table gives the verdict under other margins, tests, epochs, budgets and baselines at the same level.';

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
    rows: Object.entries(config.arms).map(([name, arm]) => [
      name,
      arm.description,
      searchedIn(arm),
      arm.trainsOn,
    ]),
  };
}

/** Where the parameters of an arm come from, as in `lr 0.0001 to 0.1 (log)` and `as adam, the first 5 trials`. */
function searchedIn({ space, tunedAs, firstTrials, sweep }: ArmConfig): string {
  const first = firstTrials === undefined ? '' : `, the first ${firstTrials} trials`;
  const parts = [
    ...Object.entries(space).map(([name, range]) => `${name} ${rangeText(range)}`),
    ...(tunedAs === undefined ? [] : [`as ${tunedAs}${first}`]),
    ...(sweep === undefined ? [] : [`${sweep.parameter} swept over ${sweep.values.join(', ')}`]),
  ];
  return parts.join('; ') || 'nothing';
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
  const { dataSeeds, streams } = config;
  const { registration } = record;
  const note = noteOf(record);
  return {
    headers: ['', ''],
    rows: [
      ...(note === undefined ? [] : [['kind of run', note]]),
      ['protocol', protocol],
      ...Object.entries(task).map(([name, value]) => [name, settingText(value)]),
      ['data sets', dataSeeds ? 'one for each seed' : 'one'],
      [
        'random numbers',
        streams === 'shared' ? 'of a seed the same in every arm' : 'of a seed different in each arm',
      ],
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
      ...(registration === undefined
        ? []
        : [['registered', `${registration.registeredAt}, SHA-256 ${registration.sha256}`]]),
      ['status', seconds === undefined ? status : `${status}, ${formatDuration(seconds)}`],
    ],
  };
}
