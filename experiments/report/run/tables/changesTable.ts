/** What a run did otherwise than the preset of its study. */
import { packageInfo } from '../../../files/packageInfo.js';
import { type Change, changesFromPreset } from '../../../runner/record/changes.js';
import { shortenedPair } from '../../../text/shortenedPair.js';
import type { ReportTable } from '../../tables/table.js';
import type { ReportedRun } from '../common/reportedRun.js';

/** The changes of a registered run; presets of the versions before had other arms and claims. */
export const changesOf = ({
  study,
  record: { registration, quick = false },
  data,
}: Pick<ReportedRun, 'study' | 'record' | 'data'>): readonly Change[] =>
  registration === undefined ? [] : changesFromPreset(study, data.config, quick);

/** A row for each setting that differs; folded if there are many. */
export function changesTable(run: Parameters<typeof changesOf>[0]): ReportTable {
  const rows = changesOf(run).map(({ path, before, after }) => [
    path,
    ...shortenedPair(textOf(before), textOf(after), mostCharacters),
  ]);
  const { quick, versions } = run.record;
  const { version } = packageInfo();
  // Presets change between versions, and a record has only its own configuration.
  const of = versions.metagrad === version ? '' : ` in metagrad ${version}`;
  const caption = `Changes against the ${quick === true ? 'quick ' : ''}preset of the study${of}.`;
  return {
    ...(rows.length > mostShown
      ? { folded: `${caption.slice(0, -1)}: ${rows.length} settings` }
      : { caption }),
    headers: ['setting', 'preset', 'this run'],
    rows,
  };
}

const mostShown = 12;
const mostCharacters = 100;

const textOf = (value: unknown): string => (value === undefined ? '-' : JSON.stringify(value));
