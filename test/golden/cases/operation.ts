import type { Tensor } from '../../../engine/index.js';

/** A case's operation as a function of its inputs and of PyTorch's keywords. */
export type Operation = (inputs: readonly Tensor[], kwargs: Readonly<Record<string, never>>) => Tensor;

/** By the case's name: where its name or arguments are not simply an exported function of the inputs and an options object. */
export type Operations = Readonly<Record<string, Operation>>;
