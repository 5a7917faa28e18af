import { Generator as RandomGenerator } from '../../../engine/random/generator.js';
import { deriveSeed } from '../../../engine/random/seed.js';
import {
  type Prior,
  averageMoment,
  dropMoment,
  keepStep,
  permuteMoment,
  resetStep,
} from '../../../optimizers/index.js';

type Kept = (prior: Prior, seed: number) => Prior;

const secondMoment: Kept = (prior) => dropMoment(prior, 'm');

/**
 * The parts of the earlier training's state with which a warm arm begins. The changed forms of the second moment are without
 * the first, whose steps would be out of proportion to them.
 */
export const kept = {
  all: keepStep,
  moments: resetStep,
  'first moment': (prior) => dropMoment(prior, 'v'),
  'second moment': secondMoment,
  'second moment, permuted': (prior, seed) =>
    permuteMoment(secondMoment(prior, seed), 'v', new RandomGenerator(deriveSeed('permutation', seed))),
  'second moment, layer mean': (prior, seed) => averageMoment(secondMoment(prior, seed), 'v'),
} as const satisfies Readonly<Record<string, Kept>>;

/** Their names. */
export const parts = Object.keys(kept) as readonly (keyof typeof kept)[];
