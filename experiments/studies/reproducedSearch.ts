/** What the write-ups' programs have in common: Optuna's search, one stream of random numbers, evaluation on the test split. */
import { createStudy, type Pruner, type Study, tpeSampler } from '../tuning/index.js';

/** A search as those programs ran it, with Optuna 3.1's sampler. */
export const reproducedSearch = (
  name: string,
  seed: number,
  pruner?: Pruner,
): Promise<Study<Record<string, number | string>>> =>
  createStudy({ name, seed, sampler: tpeSampler({ profile: '3.1' }), ...(pruner && { pruner }) });
