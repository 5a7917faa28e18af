import type { Signature, WindowSpec, Windows } from '../../../../ir/kernel.js';
import { sizeOf } from '../../../../ir/layout.js';
import type { Emitter, Source } from '../emitter.js';
import { writeSum } from './sum.js';
import { termsOf } from '../loops.js';
import { type Writer, numberText } from '../writer.js';

/** The element at each tap of each window; `value` for taps in the padding. */
export function emitUnfold(
  emitter: Emitter,
  { windows, value }: WindowSpec,
  [x]: readonly Source[],
  { shape }: Signature,
): number {
  const axes = windows.inputSize.length;
  const leading = shape.length - 2 * axes;
  return emitter.emit([x], sizeOf(shape), (writer, leaves) => {
    const coordinates = writer.coordinates(shape);
    const result = writer.variable(numberText(value));
    const taps = coordinates.slice(leading, leading + axes);
    const { places, conditions } = readBy(writer, windows, taps, coordinates.slice(leading + axes));
    writer.when(conditions, () => {
      const at = termsOf([...coordinates.slice(0, leading), ...places], x.strides);
      writer.line(`${result} = ${writer.read(leaves[0], x.offset, at)};`);
    });
    return result;
  });
}

/** The transpose of unfold, as a gather: each element adds up the taps of the windows that read it. */
export function emitFold(
  emitter: Emitter,
  { windows }: WindowSpec,
  [g]: readonly Source[],
  { shape }: Signature,
): number {
  const leading = shape.length - windows.inputSize.length;
  return emitter.emit([g], sizeOf(shape), (writer, leaves) => {
    const coordinates = writer.coordinates(shape);
    return writeSum(writer, windows.kernelSize, (taps, add) => {
      const { places, conditions } = readersOf(writer, windows, taps, coordinates.slice(leading));
      writer.when(conditions, () => {
        const at = termsOf([...coordinates.slice(0, leading), ...taps, ...places], g.strides);
        add(writer.read(leaves[0], g.offset, at));
      });
    });
  });
}

/** Places, and the conditions under which they exist. */
export interface Taps {
  readonly places: readonly string[];
  readonly conditions: readonly string[];
}

/** The elements that taps of windows read, `p*stride + k*dilation - low`, unless they are in the padding. */
export function readBy(
  writer: Writer,
  { inputSize, kernelSize, outputSize, stride, dilation, low }: Windows,
  taps: readonly string[],
  windows: readonly string[],
): Taps {
  const conditions: string[] = [];
  const places = inputSize.map((size, axis) => {
    const sum = [
      ...(windows[axis] === '0' ? [] : [`${windows[axis]} * ${stride[axis]}`]),
      ...(taps[axis] === '0' ? [] : [`${taps[axis]} * ${dilation[axis]}`]),
      String(-low[axis]),
    ].join(' + ');
    const place = writer.index(sum.replaceAll('+ -', '- '));
    const highest =
      (outputSize[axis] - 1) * stride[axis] + (kernelSize[axis] - 1) * dilation[axis] - low[axis];
    if (low[axis] > 0) conditions.push(`${place} >= 0`);
    if (highest >= size) conditions.push(`${place} < ${size}`);
    return place;
  });
  return { places, conditions };
}

/** The windows whose taps read elements, `(i + low - k*dilation) / stride`, where they exist. */
export function readersOf(
  writer: Writer,
  { inputSize, outputSize, stride, dilation, low }: Windows,
  taps: readonly string[],
  elements: readonly string[],
): Taps {
  const conditions: string[] = [];
  const places = inputSize.map((size, axis) => {
    const distance = writer.index(
      `${elements[axis]} + ${low[axis]}${taps[axis] === '0' ? '' : ` - ${taps[axis]} * ${dilation[axis]}`}`,
    );
    const [place, rest] = writer.divide(distance, stride[axis], size + low[axis]);
    conditions.push(`${place} >= 0`, `${place} < ${outputSize[axis]}`);
    if (stride[axis] > 1) conditions.push(`${rest} === 0`);
    return place;
  });
  return { places, conditions };
}
