import type { Distribution } from '../space/distributions.js';
import type { Direction, TrialRecord } from '../log/records.js';

/** What a sampler or a pruner may look at: the trials as they were when the current trial was asked for. */
export type History = {
  readonly direction: Direction;
  readonly trials: readonly TrialRecord[];
};

/** The trial that a sampler draws for. */
export type SamplingContext = History & {
  readonly seed: number;
  /** The number of the current trial; `trials` holds it too, as running. */
  readonly number: number;
  /**
   * Which stream of the seed the trial draws from: how many trials began before it, those not counted that others repeat. So
   * a study whose worker was killed draws what it would have drawn otherwise.
   */
  readonly stream: number;
};

/** A parameter that was drawn together with others, as its internal number. */
export type JointDraw = { readonly distribution: Distribution; readonly internal: number };

/**
 * Chooses the parameters of a trial. A sampler keeps no state: all that it knows is in the context, so that any
 * worker can go on with a study.
 */
export type Sampler = {
  readonly name: string;
  /** Draws parameters together, when the trial begins. What the objective then does not ask for is dropped. */
  readonly sampleJointly?: (context: SamplingContext) => ReadonlyMap<string, JointDraw>;
  /** Draws one parameter that was not drawn jointly. Answers an internal number (see `toInternal`). */
  readonly sample: (context: SamplingContext, name: string, distribution: Distribution) => number;
  /** Whether there is nothing left to try; `optimize` then stops. */
  readonly exhausted?: (history: History) => boolean;
};
