import { fileURLToPath } from 'node:url';
import { UsageError } from '../../../engine/core/errors.js';
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
  let loaded: Readonly<Record<string, unknown>>;
  try {
    loaded = (await import(url.href)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new UsageError(`objective: cannot load ${name}: ${String(cause)}; mend the module.`, { cause });
  }
  const { default: objective, space, grid } = loaded;
  if (typeof objective !== 'function') {
    throw new UsageError(
      `objective: ${name} must have the objective, a function of a trial, as its default export; ` +
        `it exports ${Object.keys(loaded).join(', ') || 'nothing'}.`,
    );
  }
  return { objective, space, grid } as ObjectiveModule;
}
