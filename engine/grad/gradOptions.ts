import { requireFunction } from '../core/arguments.js';
import { type Kinds, kind, readOptions } from '../core/options.js';
import type { Path } from '../core/tree.js';

/** Options of `grad` and `valueAndGrad`. */
export interface GradOptions {
  /** Tree paths, of leaves or of whole subtrees, that may be unreached; their gradients are zeros. */
  readonly allowZero?: readonly Path[];
}

const gradKinds: Kinds<GradOptions> = {
  allowZero: kind(
    "a list of the paths that may get no gradient, as in ['head.bias'] (true, for all, is not accepted: it would hide a cut)",
    (value) => Array.isArray(value) && value.every((path) => typeof path === 'string'),
  ),
};

/** The checked options of a gradient of `f`, which must be a function. */
export function readGradOptions(caller: string, f: unknown, options: GradOptions | undefined): GradOptions {
  requireFunction(caller, f, 'the function to differentiate');
  return readOptions<GradOptions>(caller, options, gradKinds);
}
