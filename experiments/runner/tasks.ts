/** What a run consists of: pieces of work that can be done by any worker, and be left out when a run goes on. */
import type { Parameters, StudyConfig } from '../studies/config.js';
import type { AsWritten } from '../studies/study.js';

/** All trials of one search for the best parameters of an arm. */
export interface SearchTask {
  readonly kind: 'search';
  readonly arm: string;
  readonly search: number;
}

/** One training of a tuned arm on a fresh seed, at one value of its sweep if it has one. */
export interface TrainingTask {
  readonly kind: 'training';
  readonly arm: string;
  /** 0, 1, ...; the seed of the generator is derived from it. */
  readonly seed: number;
  readonly sweepValue: number | null;
}

/** One execution of a write-up's program as it was written. */
export interface ReplicaTask {
  readonly kind: 'replica';
  readonly program: string;
  readonly seed: number;
}

export type Task = SearchTask | TrainingTask | ReplicaTask;

/** Tells a task from all others of its run, whatever is in the names of arms and programs. */
export function keyOf(task: Task): string {
  if (task.kind === 'search') return JSON.stringify([task.kind, task.arm, task.search]);
  if (task.kind === 'replica') return JSON.stringify([task.kind, task.program, task.seed]);
  return JSON.stringify([task.kind, task.arm, task.seed, task.sweepValue]);
}

/** What people call a task; several may be called the same. */
export function nameOf(task: Task): string {
  if (task.kind === 'search') return `search ${task.arm} ${task.search}`;
  if (task.kind === 'replica') return `replica ${task.program} ${task.seed}`;
  return `training ${task.arm} ${task.seed}${task.sweepValue === null ? '' : ` ${task.sweepValue}`}`;
}

/** All tasks of a run: searches, then trainings seed by seed, so that what there is at any time is paired; then replicas. */
export function tasksOf(config: StudyConfig, asWritten: readonly string[]): readonly Task[] {
  const arms = Object.entries(config.arms);
  const searches = arms
    .filter(([, { space }]) => Object.keys(space).length > 0)
    .flatMap(([arm]) => range(config.searches).map((search): Task => ({ kind: 'search', arm, search })));
  const trainings = range(config.seeds).flatMap((seed) =>
    arms.flatMap(([arm, { sweep }]) =>
      (sweep?.values ?? [null]).map((sweepValue): Task => ({ kind: 'training', arm, seed, sweepValue })),
    ),
  );
  const replicas = asWritten.flatMap((program) =>
    range(config.replicas).map((seed): Task => ({ kind: 'replica', program, seed })),
  );
  return [...searches, ...trainings, ...replicas];
}

/** The searches whose results a task needs. */
export function needs(config: StudyConfig, task: Task): readonly SearchTask[] {
  if (task.kind === 'replica') return [];
  const { tunedAs, uses, space } = config.arms[task.arm];
  const search = task.kind === 'search' ? task.search : searchOf(config, task.seed);
  const own = task.kind === 'training' && Object.keys(space).length > 0 ? [task.arm] : [];
  return [...own, ...(tunedAs === undefined ? [] : [tunedAs]), ...uses].map((arm) => ({
    kind: 'search',
    arm,
    search,
  }));
}

/** The search whose result a seed is trained with. */
export const searchOf = (config: StudyConfig, seed: number): number => seed % config.searches;

/** What searches found, by the key of the task. */
export type Found = Readonly<Record<string, Parameters>>;

/** How many epochs a task takes, to tell how far a run is. */
export function epochsOf(
  config: StudyConfig,
  asWritten: Readonly<Record<string, AsWritten>>,
  task: Task,
): number {
  if (task.kind === 'search') return config.trials * config.epochs.tune;
  return task.kind === 'training' ? config.epochs.final : asWritten[task.program].epochs;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
