import type { KernelSpec, StepSpec } from '../ir/kernel.js';

/** One kernel for each result of a step, for a backend that does not compute several in one pass. */
export const oneByOne = (spec: StepSpec): readonly KernelSpec[] =>
  spec.family === 'maps' ? spec.expressions.map((expression) => ({ family: 'map', expression })) : [spec];
