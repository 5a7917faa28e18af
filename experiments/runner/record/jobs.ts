/** The jobs of a run: pieces of work that any worker can do, and that a resumed run skips if they are done. */
import type { Parameters, StudyConfig } from '../../studies/config.js';
import type { Reproduction } from '../../studies/study.js';

/** All trials of one search for the best parameters of an arm. */
export interface SearchJob {
  readonly kind: 'search';
  readonly arm: string;
  readonly search: number;
}

/** One training of a tuned arm on a fresh seed, at one value of its sweep if it has one. */
export interface TrainingJob {
  readonly kind: 'training';
  readonly arm: string;
  /** 0, 1, ...; the seed of the generator is derived from it. */
  readonly seed: number;
  readonly sweepValue: number | null;
}

/** One execution of a write-up's program as it was written. */
export interface ReproductionJob {
  readonly kind: 'reproduction';
  readonly program: string;
  readonly seed: number;
}

export type Job = SearchJob | TrainingJob | ReproductionJob;

/** A text that identifies a job among all of its run, for any names of arms and programs. */
export function keyOf(job: Job): string {
  if (job.kind === 'search') return JSON.stringify([job.kind, job.arm, job.search]);
  if (job.kind === 'reproduction') return JSON.stringify([job.kind, job.program, job.seed]);
  return JSON.stringify([job.kind, job.arm, job.seed, job.sweepValue]);
}

/** The name of a job in messages; several may have the same. */
export function nameOf(job: Job): string {
  if (job.kind === 'search') return `search ${job.arm} ${job.search}`;
  if (job.kind === 'reproduction') return `reproduction ${job.program} ${job.seed}`;
  return `training ${job.arm} ${job.seed}${job.sweepValue === null ? '' : ` ${job.sweepValue}`}`;
}

/**
 * All jobs of a run, replicate by replicate: the searches of a number for all arms, then the trainings of the seed of that
 * number, so that what there is at any time is paired. Reproductions are the last.
 */
export function jobsOf(config: StudyConfig, reproduced: readonly string[]): readonly Job[] {
  const arms = Object.entries(config.arms);
  const searched = arms.filter(([, { space }]) => Object.keys(space).length > 0);
  const replicates = range(Math.max(config.searches, config.seeds)).flatMap((number) => [
    ...(number >= config.searches
      ? []
      : searched.map(([arm]): Job => ({ kind: 'search', arm, search: number }))),
    ...(number >= config.seeds
      ? []
      : arms.flatMap(([arm, { sweep }]) =>
          (sweep?.values ?? [null]).map((sweepValue): Job => ({
            kind: 'training',
            arm,
            seed: number,
            sweepValue,
          })),
        )),
  ]);
  const reproductions = reproduced.flatMap((program) =>
    range(config.reproductions).map((seed): Job => ({ kind: 'reproduction', program, seed })),
  );
  return [...replicates, ...reproductions];
}

/** The searches whose results a job needs. */
export function needs(config: StudyConfig, job: Job): readonly SearchJob[] {
  if (job.kind === 'reproduction') return [];
  const { tunedAs, uses, space } = config.arms[job.arm];
  const search = job.kind === 'search' ? job.search : searchOf(config, job.seed);
  const tuned = job.kind === 'training' && Object.keys(space).length > 0 ? [job.arm] : [];
  return [...tuned, ...(tunedAs === undefined ? [] : [tunedAs]), ...uses].map((arm) => ({
    kind: 'search',
    arm,
    search,
  }));
}

/** The search that tuned the parameters with which a seed is trained. */
export const searchOf = (config: StudyConfig, seed: number): number => seed % config.searches;

/** The key of the best parameters of a search: of all its trials, or of the first `firstTrials`. */
export const tunedKey = (search: SearchJob, firstTrials?: number): string =>
  firstTrials === undefined ? keyOf(search) : JSON.stringify([keyOf(search), firstTrials]);

/** The best parameters of searches, by `tunedKey`. */
export type TunedParameters = Readonly<Record<string, Parameters>>;

/** The number of epochs of a job, for the progress of a run. */
export function epochsOf(
  config: StudyConfig,
  reproductions: Readonly<Record<string, Reproduction>>,
  job: Job,
): number {
  if (job.kind === 'search') return config.trials * config.epochs.tune;
  return job.kind === 'training' ? config.epochs.final : reproductions[job.program].epochs;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
