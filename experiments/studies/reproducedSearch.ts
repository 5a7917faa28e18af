/** Searches of the write-ups' programs. */
import { deriveSeed } from '../../engine/random/seed.js';
import { createStudy, type Study, tpeSampler } from '../tuning/index.js';

/** A study as those programs ran it, with Optuna 3.1's sampler and median pruner, in an execution of a seed. */
export const reproducedSearch = (
  name: string,
  seed: number,
): Promise<Study<Record<string, number | string>>> =>
  createStudy({ name, seed: deriveSeed(name, seed), sampler: tpeSampler({ profile: '3.1' }) });
