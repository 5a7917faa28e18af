import { fileURLToPath } from 'node:url';
import { UsageError } from '../../../engine/core/errors.js';
import { loadModule } from '../../loadModule.js';
import type { Choice, ParameterRanges } from '../distributions.js';
import type { Objective } from '../optimize.js';

/** A module that can be tuned: its default export is the objective. */
export type ObjectiveModule = {
  readonly objective: Objective;
  /** Its export `space`: parameters to choose when a trial begins. */
  readonly space?: ParameterRanges;
  /** Its export `grid`: the values that a grid search is to try. */
  readonly grid?: Readonly<Record<string, readonly Choice[]>>;
};

/** Loads an objective. Throws UsageError for a module that cannot be loaded or has none. */
export async function loadObjective(url: URL): Promise<ObjectiveModule> {
  const name = url.protocol === 'file:' ? fileURLToPath(url) : url.href;
  const loaded = await loadModule('objective', url);
  const { default: objective, space, grid } = loaded;
  if (typeof objective !== 'function') {
    throw new UsageError(
      `objective: ${name} must have the objective, a function of a trial, as its default export; ` +
        `it exports ${Object.keys(loaded).join(', ') || 'nothing'}.`,
    );
  }
  for (const [parameter, values] of Object.entries(grid ?? {}))
    if (!Array.isArray(values))
      throw new UsageError(
        `objective: the grid of ${name} has ${String(values)} for '${parameter}'; give a list of values, as in \`{ lr: [0.1, 0.01] }\`.`,
      );
  return { objective, space, grid } as ObjectiveModule;
}
