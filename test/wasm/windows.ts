import fc from 'fast-check';
import type { Windows } from '../../engine/ir/kernel.js';

/** Random windows over one to three axes, some of them so dilated or padded that taps read nothing but padding. */
export const randomWindows: fc.Arbitrary<Windows> = fc
  .array(
    fc.record({
      inputSize: fc.integer({ min: 1, max: 7 }),
      kernelSize: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 3 }),
      dilation: fc.integer({ min: 1, max: 2 }),
      low: fc.nat(2),
      high: fc.nat(2),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((axes) =>
    axes.map((axis) => ({
      ...axis,
      room: axis.inputSize + axis.low + axis.high - axis.dilation * (axis.kernelSize - 1) - 1,
    })),
  )
  .filter((axes) => axes.every(({ room }) => room >= 0))
  .map((axes) => ({
    inputSize: axes.map((axis) => axis.inputSize),
    kernelSize: axes.map((axis) => axis.kernelSize),
    outputSize: axes.map((axis) => Math.floor(axis.room / axis.stride) + 1),
    stride: axes.map((axis) => axis.stride),
    dilation: axes.map((axis) => axis.dilation),
    low: axes.map((axis) => axis.low),
  }));
