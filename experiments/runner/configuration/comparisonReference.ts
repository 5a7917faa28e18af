/** References to comparisons: a module with a rule, a task and baselines, in one text that a run records. */
import { type BaselineName } from '../../studies/comparison/baselines.js';
import { candidateOfModule } from '../../studies/comparison/candidateModule.js';
import { comparisonOf, requireBaselines, requireTask } from '../../studies/comparison/compareStudy.js';
import type { ReadyTaskName } from '../../studies/comparison/readyTasks.js';
import type { StudyDefinition } from '../../studies/study.js';

/** What is compared: the rule of a module with baselines on a task. */
export interface Comparison {
  readonly task: ReadyTaskName;
  readonly baselines: readonly BaselineName[];
  /** The path of the module. */
  readonly path: string;
}

/** The reference of a comparison, as in `compare:mnist1d:adam,sgd:/home/me/myOptimizer.js`. */
export const referenceTo = ({ task, baselines, path }: Comparison): string =>
  `compare:${task}:${baselines.join(',')}:${path}`;

/** The comparison that a reference is to; undefined for other references. @throws UsageError for unknown tasks and baselines. */
export function comparisonIn(reference: string): Comparison | undefined {
  const parts = /^compare:([^:]*):([^:]*):(.+)$/s.exec(reference);
  if (parts === null) return undefined;
  const [, task, baselines, path] = parts;
  return {
    task: requireTask('compare', task),
    baselines: requireBaselines('compare', baselines.split(',')),
    path,
  };
}

/** The study of a comparison. Loads the module. */
export async function studyOfComparison({ task, baselines, path }: Comparison): Promise<StudyDefinition> {
  const { candidate, owner } = await candidateOfModule('compare', path);
  return comparisonOf(candidate, owner, task, baselines);
}
