/** The page of a run: its verdicts, what they rest on, and every picture. */
import type { ArmResult, Results } from '../../runner/results/results.js';
import { type RunConfig, quickNote } from '../../runner/record/recordFiles.js';
import type { RunData } from '../../runner/record/runData.js';
import type { Reproduction, StudyDefinition } from '../../studies/study.js';
import { formatDuration } from '../../text/numbers.js';
import type { Page, PageCell, PageTable, Section } from '../page/page.js';
import { decidingInterval, interval, spread } from './resultTables.js';
import type { MissingFigure, RunFigure } from './runFigure.js';

/** What a page is made of. */
export interface RunPageParts {
  readonly study: StudyDefinition;
  readonly record: RunConfig;
  /** What ran its plans. */
  readonly ran: string;
  readonly status: string;
  readonly seconds: number | undefined;
  readonly data: RunData;
  readonly results: Results;
  readonly reproductions: Readonly<Record<string, Reproduction>>;
  readonly figures: readonly RunFigure[];
  readonly missing: readonly MissingFigure[];
  /** What is wrong with the run's folder. */
  readonly warnings: readonly string[];
}

export function runPage(parts: RunPageParts): Page {
  const { study, figures } = parts;
  const shown = (part: RunFigure['part']) =>
    figures
      .filter((one) => one.part === part)
      .map(({ figure }) => ({ figure, interactive: part !== 'search' }));
  const sections: Section[] = [
    {
      title: 'Claims',
      prose: [
        'A claim is supported if the interval that decides, of the paired difference, lies wholly on its side, and not supported if it lies wholly on the other side or within the margin around zero; otherwise the run is too small to tell. That interval is wider than the 95 % one beside it where the study has more comparisons (Holm), and narrower where equivalence is tested from both sides.',
      ],
      tables: [claimsTable(parts.results)],
      figures: shown('claims'),
    },
    {
      title: 'Arms',
      tables: [armsTable(parts.results), descriptionsTable(parts.data)],
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
    prose: [...(parts.record.quick === true ? [quickNote] : []), study.summary + '.'],
    sections: sections.filter(({ figures: its = [], tables = [] }) => its.length + tables.length > 0),
  };
}

function claimsTable({ claims }: Results): PageTable {
  return {
    headers: [
      'claim',
      'statement',
      'arms',
      'difference, 95 %',
      'decided by',
      'pairs',
      'p (Holm)',
      'Wilcoxon p',
      'd',
      'detectable',
      'verdict',
    ],
    rows: claims.flatMap(({ id, statement, arm, comparisons, share, verdict }) =>
      comparisons.map((one, i): PageCell[] => [
        i === 0 ? id : '',
        i === 0 ? statement : '',
        `${arm} − ${one.against}`,
        share === null ? interval(one.difference, 4) : `below 0 at ${(100 * share).toFixed(0)} % of epochs`,
        decidingInterval(one, share),
        one.pairs,
        one.adjustedP,
        one.signedRankP,
        one.effectSize,
        one.detectable,
        i === 0 ? { verdict } : '',
      ]),
    ),
  };
}

function armsTable({ arms }: Results): PageTable {
  const tuned = ({ best }: ArmResult): string =>
    best.length === 0
      ? '-'
      : Object.entries(best[0].parameters)
          .map(([name, value]) => `${name} ${value.toPrecision(3)}`)
          .join(', ');
  return {
    caption:
      'What tuning chose (in the first search) and what fresh seeds gave: means with 95 % intervals, and medians with bootstrap intervals.',
    headers: ['arm', 'role', 'tuned', 'tuning loss', 'seeds', 'test loss', 'median', 'test accuracy'],
    rows: arms.map((arm) => [
      arm.arm,
      arm.role,
      tuned(arm),
      arm.best.length === 0 ? null : arm.best[0].loss,
      arm.finals.length,
      interval(arm.loss, 4),
      arm.medianLoss === null ? '-' : interval({ ...arm.medianLoss, mean: arm.medianLoss.median }, 4),
      interval(arm.accuracy, 3),
    ]),
  };
}

function descriptionsTable({ config }: RunData): PageTable {
  return {
    caption: 'The arms.',
    headers: ['arm', 'what it does', 'searched', 'trains on'],
    rows: Object.entries(config.arms).map(([arm, { description, space, tunedAs, sweep, trainsOn }]) => [
      arm,
      description,
      [
        ...Object.entries(space).map(
          ([name, { low, high, log }]) => `${name} ${low} to ${high}${log ? ' (log)' : ''}`,
        ),
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
  const rows = results.reproductions
    .filter(({ values }) => values.length > 0)
    .map(({ program, description, stated, values, reference = [], referenceP }): PageCell[] => [
      program,
      description,
      stated ?? null,
      values.length,
      spread(values),
      spread(reference),
      referenceP,
    ]);
  const headers = [
    'program',
    'figure',
    'stated',
    'executions',
    'ours: median [min, max]',
    'PyTorch 1.13',
    'p (Mann-Whitney)',
  ];
  return {
    title: 'As it was written',
    prose: [...new Set(Object.values(reproductions).flatMap(({ defects }) => defects))],
    tables: rows.length === 0 ? [] : [{ headers, rows }],
    figures,
  };
}

function recordTable({ record, ran, status, seconds, data: { config } }: RunPageParts): PageTable {
  const { versions, machine, startedAt, seed } = record;
  const { protocol, samples, batchSize, sizes, epochs, trials, searches, seeds, reproductions, sampler } =
    config;
  return {
    headers: ['', ''],
    rows: [
      ...(record.quick === true ? [['preset', quickNote]] : []),
      ['protocol', protocol],
      ['samples', String(samples)],
      ['model', sizes.join('-')],
      ['batch size', String(batchSize)],
      ['epochs', `${epochs.tune} in the search, ${epochs.final} on fresh seeds`],
      ['search', `${sampler}, ${trials} trials, ${searches} for each arm`],
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
