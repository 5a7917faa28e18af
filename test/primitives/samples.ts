/** The samples of the primitives, and what tests do with them. */
import { type SampleCase, sampleCases } from '../../engine/check/samples.js';
import { dispatch } from '../../engine/core/dispatch.js';
import { type Generator, type Tensor, fromTypedArray } from '../../engine/index.js';

export type Case = SampleCase;

export const cases: readonly Case[] = sampleCases();

/** Applies the primitive of a case to other inputs. */
export const apply = ({ primitive, params }: Case, inputs: readonly Tensor[]): Tensor =>
  dispatch(primitive, inputs, params);

export const isFloating = (tensor: Tensor): boolean => tensor.dtype !== 'int32';

/** Random numbers of a tensor's shape. */
export const randomLike = (tensor: Tensor, random: Generator): Tensor =>
  fromTypedArray(random.normal(tensor.size, { dtype: 'float64' }), tensor.shape);
