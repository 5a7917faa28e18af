/** The page of a run: its verdicts, the numbers behind them, and every picture. */
import { noteOf } from '../../runner/record/recordFiles.js';
import { onPage, type Page, type Section } from '../page/page.js';
import type { ReportTable } from '../tables/table.js';
import { familiesOf } from './common/claims.js';
import { isInterim, type ReportedRun } from './common/reportedRun.js';
import type { MissingFigure, RunFigure } from './figures/runFigure.js';
import { notesOf } from './notes.js';
import { changesTable } from './tables/changesTable.js';
import { claimTable, effectTable, sensitivityTable, statedTable } from './tables/claimTables.js';
import { descriptionsTable } from './tables/descriptionsTable.js';
import { type RecordedRun, recordTable } from './tables/recordTable.js';
import { armTable, reproductionsTable } from './tables/resultTables.js';
import { secondsTable } from './tables/secondsTable.js';
import { sentenceTable } from './tables/verdictLines.js';

/** The contents of a page. */
export interface RunPageParts extends RecordedRun, Omit<ReportedRun, 'folder'> {
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
      tables: withRows(
        armTable(parts.results.arms, parts.data.metrics),
        descriptionsTable(parts.data),
        secondsTable(parts.data),
      ),
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
      tables: withRows(recordTable(parts), changesTable(parts)),
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

const withRows = (...tables: readonly ReportTable[]): ReportTable[] =>
  tables.filter(({ rows }) => rows.length > 0);

/** The verdicts in words, and the numbers and pictures behind them. */
function claimSections(parts: RunPageParts, figures: NonNullable<Section['figures']>): readonly Section[] {
  const { results, data } = parts;
  const { checks, claims } = familiesOf(results);
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

function reproductionsSection(
  { results, reproductions }: RunPageParts,
  figures: NonNullable<Section['figures']>,
): Section {
  return {
    title: 'As it was written',
    prose: [...new Set(Object.values(reproductions).flatMap(({ defects }) => defects))],
    tables: withRows(reproductionsTable(results.reproductions)),
    figures,
  };
}
