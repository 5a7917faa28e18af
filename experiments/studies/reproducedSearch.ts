/** Searches of the write-ups' programs. */
import { createStudy, type Pruner, type Study, tpeSampler } from '../tuning/index.js';

/** A study as those programs ran it, with Optuna 3.1's sampler. */
export const reproducedSearch = (
  name: string,
  seed: number,
  pruner?: Pruner,
): Promise<Study<Record<string, number | string>>> =>
  createStudy({ name, seed, sampler: tpeSampler({ profile: '3.1' }), ...(pruner && { pruner }) });
