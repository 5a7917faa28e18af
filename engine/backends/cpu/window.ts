import type { DType, Signature, Strided, TypedArray, WindowSpec, Windows } from '../../ir/kernel.js';
import { sizeOf } from '../../ir/layout.js';
import { allocate, pack } from '../../ir/array.js';

/** The element at each tap of each window; `value` for taps in the padding. */
export function unfold({ windows, value }: WindowSpec, x: Strided, output: Signature): TypedArray {
  const out = allocate(output.dtype, sizeOf(output.shape));
  readWindows(out, pack(x), 0, windows, tapPlaces(windows), value);
  return out;
}

/** The transpose of unfold: what the taps hold is added up where they read. */
export function fold({ windows }: WindowSpec, g: Strided, output: Signature): TypedArray {
  const sums = new Float64Array(sizeOf(output.shape));
  addWindows(sums, 0, pack(g), windows, tapPlaces(windows));
  return rounded(sums, output.dtype);
}

/**
 * Where each tap of each window reads, as `[...kernelSize, ...outputSize]` of flat places in one plane of
 * `inputSize`, -1 in the padding. One table serves all planes, and any number of axes.
 */
export function tapPlaces(windows: Windows): Int32Array {
  let places = Int32Array.of(0);
  let [taps, positions] = [1, 1];
  windows.inputSize.forEach((size, axis) => {
    const [moreTaps, morePositions] = [windows.kernelSize[axis], windows.outputSize[axis]];
    const [stride, dilation, low] = [windows.stride[axis], windows.dilation[axis], windows.low[axis]];
    const finer = new Int32Array(taps * moreTaps * positions * morePositions);
    for (let tap = 0, at = 0; tap < taps * moreTaps; tap++) {
      const row = Math.floor(tap / moreTaps) * positions;
      for (let position = 0; position < positions; position++) {
        const outer = places[row + position];
        let i = (tap % moreTaps) * dilation - low;
        for (let p = 0; p < morePositions; p++, i += stride)
          finer[at++] = outer < 0 || i < 0 || i >= size ? -1 : outer * size + i;
      }
    }
    places = finer;
    taps *= moreTaps;
    positions *= morePositions;
  });
  return places;
}

/** Fills `out` with the windows of as many planes of x, from `start` on, as it has room for. */
export function readWindows(
  out: TypedArray,
  x: TypedArray,
  start: number,
  { inputSize }: Windows,
  places: Int32Array,
  padding: number,
): void {
  const plane = sizeOf(inputSize);
  for (let at = 0, base = start; at < out.length; base += plane) {
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      out[at++] = place < 0 ? padding : x[base + place];
    }
  }
}

/** Adds the windows in `g` to the planes of `sums` from `start` on that they were read from. */
export function addWindows(
  sums: Float64Array,
  start: number,
  g: TypedArray,
  { inputSize }: Windows,
  places: Int32Array,
): void {
  const plane = sizeOf(inputSize);
  for (let at = 0, base = start; at < g.length; base += plane) {
    for (let i = 0; i < places.length; i++, at++) {
      const place = places[i];
      if (place >= 0) sums[base + place] += g[at];
    }
  }
}

/** Sums that were accumulated in double precision, in the dtype of the result. */
export function rounded(sums: Float64Array, dtype: DType): TypedArray {
  if (dtype === 'float64') return sums;
  const out = allocate(dtype, sums.length);
  out.set(sums);
  return out;
}
