import type { RunConfig } from '../../../runner/record/recordFiles.js';
import type { Results } from '../../../runner/results/results.js';
import type { RunData } from '../../../runner/record/runData.js';
import type { Reproduction, StudyDefinition } from '../../../studies/study.js';

/** A run as read from its folder, with its results. */
export interface ReportedRun {
  readonly folder: string;
  readonly study: StudyDefinition;
  readonly record: RunConfig;
  readonly reproductions: Readonly<Record<string, Reproduction>>;
  readonly data: RunData;
  readonly results: Results;
}

/** Whether a run is not complete, so that its verdicts may change. */
export const isInterim = ({ data }: { readonly data: Pick<RunData, 'status'> }): boolean =>
  data.status !== 'complete';
