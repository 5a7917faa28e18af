import type { Tensor } from '../../../engine/index.js';

/** PyTorch's keywords. */
export type Keywords = Readonly<Record<string, never>>;

/** A case's operation as a function of its inputs and of PyTorch's keywords. */
export type Operation = (inputs: readonly Tensor[], kwargs: Keywords) => Tensor;

/** By the case's name: where its name or arguments are not simply an exported function of the inputs and an options object. */
export type Operations = Readonly<Record<string, Operation>>;

export const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** PyTorch's keywords as the options of a function here. */
export const optionsOf = (kwargs: Keywords): Keywords =>
  Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [camelCase(key), value]));
