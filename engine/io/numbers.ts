import type { TypedArray } from '../ir/kernel.js';

/** Writes numbers to a file's bytes, little-endian, from byte `start` on. */
export function writeNumbers(view: DataView, start: number, values: TypedArray): void {
  if (values instanceof Float32Array)
    for (let i = 0; i < values.length; i++) view.setFloat32(start + 4 * i, values[i], true);
  else if (values instanceof Float64Array)
    for (let i = 0; i < values.length; i++) view.setFloat64(start + 8 * i, values[i], true);
  else for (let i = 0; i < values.length; i++) view.setInt32(start + 4 * i, values[i], true);
}

/** Fills `out` with the little-endian numbers from byte `start` on. */
export function readNumbers(view: DataView, start: number, out: TypedArray): TypedArray {
  if (out instanceof Float32Array)
    for (let i = 0; i < out.length; i++) out[i] = view.getFloat32(start + 4 * i, true);
  else if (out instanceof Float64Array)
    for (let i = 0; i < out.length; i++) out[i] = view.getFloat64(start + 8 * i, true);
  else for (let i = 0; i < out.length; i++) out[i] = view.getInt32(start + 4 * i, true);
  return out;
}
