import type { Distribution } from '../space/distributions.js';
import type { Direction, TrialRecord } from '../log/records.js';

/** The input of samplers and pruners: the trials of a study. For samplers, as they were when the current trial began. */
export type History = {
  readonly direction: Direction;
  readonly trials: readonly TrialRecord[];
};

/** The trial that a sampler draws for. */
export type SamplingContext = History & {
  readonly seed: number;
  /** The number of the current trial, which is also in `trials`, as running. */
  readonly number: number;
  /**
   * The stream of the seed from which the trial draws: the number of trials before it, without repetitions. So a study whose
   * worker was killed draws the same parameters as an undisturbed one.
   */
  readonly stream: number;
};

/** A parameter that was drawn together with others, as its internal number. */
export type JointDraw = { readonly distribution: Distribution; readonly internal: number };

/**
 * Chooses the parameters of a trial. A sampler keeps no state: its input is the context alone, so that any worker can continue a
 * study.
 */
export type Sampler = {
  readonly name: string;
  /** Draws parameters together when the trial begins. Those that the objective does not ask for are dropped. */
  readonly sampleJointly?: (context: SamplingContext) => ReadonlyMap<string, JointDraw>;
  /** Draws a parameter that was not drawn jointly, and returns its internal number (see `toInternal`). */
  readonly sample: (context: SamplingContext, name: string, distribution: Distribution) => number;
  /** Whether there is nothing left to try; `optimize` then stops. */
  readonly exhausted?: (history: History) => boolean;
};
