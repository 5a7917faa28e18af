import type { RunConfig } from '../../runner/recordFiles.js';
import type { Results } from '../../runner/results.js';
import type { RunData } from '../../runner/runData.js';
import type { AsWritten, StudyDefinition } from '../../studies/study.js';

/** A run as its folder has it, with what it comes to. */
export interface ReportedRun {
  readonly folder: string;
  readonly study: StudyDefinition;
  readonly record: RunConfig;
  readonly asWritten: Readonly<Record<string, AsWritten>>;
  readonly data: RunData;
  readonly results: Results;
}
