import type { ConvSpec, Shape, Windows } from '../../../../ir/kernel.js';
import { sizeOf } from '../../../../ir/layout.js';
import type { Body, Local } from '../../assembler/encoder.js';
import { repeat } from '../../emit/loops.js';
import type { Float } from '../../emit/vector.js';
import { mostDepth } from '../matmul/matmul.js';

/** The sizes of a convolution; channels and outputs are those of one group. */
export interface Sizes {
  readonly float: Float;
  readonly samples: number;
  readonly groups: number;
  readonly channels: number;
  readonly outputs: number;
  /** Of the kernel, for one channel. */
  readonly taps: number;
  readonly positions: number;
  readonly windows: Windows;
}

/** What computes a convolution whose inputs are dense. */
export interface Job {
  readonly scratch: number;
  readonly emit: (f: Body, output: Local, inputs: readonly Local[], scratch: Local) => void;
}

export function sizesOf(
  { windows, groups }: Pick<ConvSpec, 'windows' | 'groups'>,
  float: Float,
  x: Shape,
  weight: Shape,
): Sizes {
  return {
    float,
    samples: x[0],
    groups,
    channels: weight[1],
    outputs: weight[0] / groups,
    taps: sizeOf(windows.kernelSize),
    positions: sizeOf(windows.outputSize),
    windows,
  };
}

/** A number of things cut into parts: all of one size but the last. */
export interface Parts {
  readonly count: number;
  readonly each: number;
  readonly last: number;
}

/** Cuts a total into the fewest parts of at most `most`, about equal. */
export function cutEvenly(total: number, most: number): Parts {
  const each = Math.ceil(total / Math.ceil(total / most));
  const count = Math.ceil(total / each);
  return { count, each, last: total - each * (count - 1) };
}

/** Emits code for all parts in order, with the size of each; parts in the middle share theirs. */
export function inParts(
  f: Body,
  { count, each, last }: Parts,
  emit: (size: number, isFirst: boolean) => void,
): void {
  if (count > 1) emit(each, true);
  repeat(f, Math.max(0, count - 2), () => {
    emit(each, false);
  });
  emit(last, count === 1);
}

/** The channels that are unfolded and multiplied at a time, so that a panel of their windows stays in the nearest cache. */
export const channelParts = ({ channels, taps }: Sizes): Parts =>
  cutEvenly(channels, Math.max(1, Math.floor(mostDepth / taps)));
