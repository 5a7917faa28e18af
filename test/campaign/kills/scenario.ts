import type { Random } from '../random.js';

/** A round: something is killed, perhaps several times, and then continued to the end. */
export interface Round {
  /** How often a process was killed. */
  readonly kills: number;
  /** What was lost or wrong; empty if nothing. */
  readonly problems: readonly string[];
  /** Of all its processes the longest time without a word, in seconds. */
  readonly silence: number;
  /** What was done, in order. */
  readonly story: readonly string[];
}

/** A kind of work that is killed. */
export interface Scenario {
  readonly name: string;
  /** Its share of the kills. */
  readonly weight: number;
  /** Does the work undisturbed in a folder of its own; answers what does a round in another. */
  readonly prepare: (folder: string) => Promise<(folder: string, random: Random) => Promise<Round>>;
}
