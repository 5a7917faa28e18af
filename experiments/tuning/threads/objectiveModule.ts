import { fileURLToPath } from 'node:url';
import { UsageError } from '../../../engine/core/errors.js';
import { describe } from '../../../engine/core/options.js';
import { loadModule } from '../../files/loadModule.js';
import type { Choice, ParameterRanges } from '../space/distributions.js';
import type { Objective } from '../trial/trial.js';
import { rangesOf } from '../space/ranges.js';
import { gridSize } from '../samplers/grid.js';

/** The exports of a module that can be tuned. */
export type ObjectiveModule = {
  /** The default export. */
  readonly objective: Objective;
  /** The export `space`: parameters to choose when a trial begins. */
  readonly space?: ParameterRanges;
  /** The export `grid`: the values that a grid search tries. */
  readonly grid?: Readonly<Record<string, readonly Choice[]>>;
};

/** Loads the module of an objective. Throws a UsageError if it cannot be loaded or exports none. */
export async function loadObjective(url: URL): Promise<ObjectiveModule> {
  if (!(url instanceof URL))
    throw new UsageError(
      `loadObjective: takes the URL of a module, as in new URL('./objective.js', import.meta.url); got ${describe(url)}.`,
    );
  const name = url.protocol === 'file:' ? fileURLToPath(url) : url.href;
  const loaded = await loadModule('objective', url);
  const { default: objective, space, grid } = loaded;
  if (typeof objective !== 'function') {
    throw new UsageError(
      `objective: ${name} must have the objective, a function of a trial, as its default export; ` +
        `it exports ${Object.keys(loaded).join(', ') || 'nothing'}.`,
    );
  }
  if (grid !== undefined) gridSize(`objective ${name}`, grid);
  const ranges = space === undefined ? undefined : rangesOf(`objective ${name}`, space);
  return { objective, space: ranges, grid } as ObjectiveModule;
}
