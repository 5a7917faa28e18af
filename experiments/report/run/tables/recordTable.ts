/** The table of what was run, how and where. */
import { noteOf } from '../../../runner/record/recordFiles.js';
import { formatDuration } from '../../../text/numbers.js';
import type { ReportTable } from '../../tables/table.js';
import { settingText } from '../common/conditions.js';
import type { ReportedRun } from '../common/reportedRun.js';

/** A run as its folder describes it. */
export interface RecordedRun extends Pick<ReportedRun, 'record' | 'data'> {
  /** The backend of its plans. */
  readonly ran: string;
  readonly status: string;
  readonly seconds: number | undefined;
}

/** A row for each setting of the run, its versions, its machine, and its state. */
export function recordTable({ record, ran, status, seconds, data: { config } }: RecordedRun): ReportTable {
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
