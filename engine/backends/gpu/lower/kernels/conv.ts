import type { ConvSpec, Signature } from '../../../../ir/kernel.js';
import { sizeOf } from '../../../../ir/layout.js';
import type { Emitter, Source } from '../emitter.js';
import { writeSum } from './sum.js';
import { termsOf } from '../loops.js';
import { readBy, readersOf } from './window.js';

/** Convolution and its two transposes, each as a gather: a cell for each element of the result adds up its products. */
export function emitConv(
  emitter: Emitter,
  spec: ConvSpec,
  sources: readonly Source[],
  output: Signature,
): number {
  switch (spec.result) {
    case 'y':
      return emitOutput(emitter, spec, sources, output);
    case 'weight':
      return emitWeight(emitter, spec, sources, output);
    case 'x':
      return emitInput(emitter, spec, sources, output);
  }
}

/** `y[n,o,p] = sum over c,k of x[n, c, p*stride + k*dilation - low] * weight[o,c,k]` */
function emitOutput(
  emitter: Emitter,
  { windows, groups }: ConvSpec,
  [x, weight]: readonly Source[],
  { shape }: Signature,
): number {
  const [outputs, channels] = [weight.shape[0] / groups, weight.shape[1]];
  return emitter.emit([x, weight], sizeOf(shape), (writer, leaves) => {
    const [n, o, ...p] = writer.coordinates(shape);
    const [group] = groups === 1 ? ['0'] : writer.divide(o, outputs, shape[1]);
    if (channels === 0) return '0';
    return writeSum(writer, [channels, ...windows.kernelSize], ([c, ...k], add) => {
      const { places, conditions } = readBy(writer, windows, k, p);
      writer.when(conditions, () => {
        const at = [...termsOf([n, c, ...places], x.strides), [group, channels * x.strides[1]] as const];
        const of = termsOf([o, c, ...k], weight.strides);
        add(`${writer.read(leaves[0], x.offset, at)} * ${writer.read(leaves[1], weight.offset, of)}`);
      });
    });
  });
}

/** `weight[o,c,k] = sum over n,p of x[n, c, p*stride + k*dilation - low] * y[n,o,p]` */
function emitWeight(
  emitter: Emitter,
  { windows, groups }: ConvSpec,
  [x, y]: readonly Source[],
  { shape }: Signature,
): number {
  const [outputs, channels] = [shape[0] / groups, shape[1]];
  return emitter.emit([x, y], sizeOf(shape), (writer, leaves) => {
    if (sizeOf(y.shape) === 0) return '0';
    const [o, c, ...k] = writer.coordinates(shape);
    const [group] = groups === 1 ? ['0'] : writer.divide(o, outputs, shape[0]);
    return writeSum(writer, [y.shape[0], ...windows.outputSize], ([n, ...p], add) => {
      const { places, conditions } = readBy(writer, windows, k, p);
      writer.when(conditions, () => {
        const at = [...termsOf([n, c, ...places], x.strides), [group, channels * x.strides[1]] as const];
        const of = termsOf([n, o, ...p], y.strides);
        add(`${writer.read(leaves[0], x.offset, at)} * ${writer.read(leaves[1], y.offset, of)}`);
      });
    });
  });
}

/** `x[n,c,i] = sum over o,k of y[n,o,p] * weight[o,c,k]` over the windows p whose tap k reads i */
function emitInput(
  emitter: Emitter,
  { windows, groups }: ConvSpec,
  [weight, y]: readonly Source[],
  { shape }: Signature,
): number {
  const [outputs, channels] = [weight.shape[0] / groups, weight.shape[1]];
  return emitter.emit([weight, y], sizeOf(shape), (writer, leaves) => {
    if (outputs === 0) return '0';
    const [n, c, ...i] = writer.coordinates(shape);
    const [group, inGroup] = groups === 1 ? ['0', c] : writer.divide(c, channels, shape[1]);
    return writeSum(writer, [outputs, ...windows.kernelSize], ([o, ...k], add) => {
      const { places, conditions } = readersOf(writer, windows, k, i);
      writer.when(conditions, () => {
        const of = [
          ...termsOf([o, inGroup, ...k], weight.strides),
          [group, outputs * weight.strides[0]] as const,
        ];
        const at = [...termsOf([n, o, ...places], y.strides), [group, outputs * y.strides[1]] as const];
        add(`${writer.read(leaves[1], y.offset, at)} * ${writer.read(leaves[0], weight.offset, of)}`);
      });
    });
  });
}
