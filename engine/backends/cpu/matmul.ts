import type { Signature, Strided, TypedArray } from '../../ir/kernel.js';
import { sizeOf } from '../../ir/layout.js';
import { allocate } from '../../ir/array.js';

/**
 * `[...batch, n, k] x [...batch, k, m] -> [...batch, n, m]`.
 *
 * Both factors are packed into panels of four rows (columns) first, converted to double precision on the way,
 * so that the inner loop reads two short streams, transposed factors cost nothing extra, and products are
 * summed in double precision. The 4x4 block of sums stays in registers.
 */
export function matmul(a: Strided, b: Strided, output: Signature): TypedArray {
  const rank = output.shape.length;
  const [n, m, k] = [output.shape[rank - 2], output.shape[rank - 1], a.shape[rank - 1]];
  const batches = sizeOf(output.shape.slice(0, rank - 2));
  const out = allocate(output.dtype, batches * n * m);
  const rows = new Float64Array(panels(n) * 4 * k);
  const columns = new Float64Array(panels(m) * 4 * k);
  for (let batch = 0; batch < batches; batch++) {
    packPanels(rows, a.data, batchOffset(a, batch), a.strides[rank - 2], a.strides[rank - 1], n, k);
    packPanels(columns, b.data, batchOffset(b, batch), b.strides[rank - 1], b.strides[rank - 2], m, k);
    multiplyPanels(out, batch * n * m, rows, columns, n, m, k);
  }
  return out;
}

/** Rows of a panel of the first factor, columns of one of the second. */
export const panelWidth = 4;

const panels = (count: number): number => Math.ceil(count / panelWidth);

/** Where batch number `batch` (in row-major order over the leading axes) starts. */
function batchOffset({ shape, strides, offset }: Strided, batch: number): number {
  for (let axis = shape.length - 3; axis >= 0; axis--) {
    offset += (batch % shape[axis]) * strides[axis];
    batch = Math.floor(batch / shape[axis]);
  }
  return offset;
}

/** Packs `count` vectors of length k, four side by side: panel p holds, for each k, vectors 4p to 4p+3, zeros beyond. */
function packPanels(
  out: Float64Array,
  data: TypedArray,
  offset: number,
  vectorStride: number,
  kStride: number,
  count: number,
  k: number,
): void {
  let at = 0;
  for (let first = 0; first < count; first += 4) {
    const width = Math.min(4, count - first);
    const base = offset + first * vectorStride;
    for (let p = 0; p < k; p++) {
      for (let lane = 0; lane < 4; lane++)
        out[at++] = lane < width ? data[base + lane * vectorStride + p * kStride] : 0;
    }
  }
}

function multiplyPanels(
  out: TypedArray,
  start: number,
  rows: Float64Array,
  columns: Float64Array,
  n: number,
  m: number,
  k: number,
): void {
  const block = new Float64Array(16);
  for (let j = 0; j < m; j += 4) {
    for (let i = 0; i < n; i += 4) {
      multiplyBlock(block, rows, i * k, columns, j * k, k);
      const [height, width] = [Math.min(4, n - i), Math.min(4, m - j)];
      for (let r = 0; r < height; r++) {
        const to = start + (i + r) * m + j;
        for (let c = 0; c < width; c++) out[to + c] = block[r * 4 + c];
      }
    }
  }
}

/** `block = A B` of one 4-row and one 4-column panel, in two halves of 4x2 because 16 sums do not fit the registers. */
function multiplyBlock(
  block: Float64Array,
  rows: Float64Array,
  rowStart: number,
  columns: Float64Array,
  columnStart: number,
  k: number,
): void {
  for (let half = 0; half < 4; half += 2) {
    let [c00, c01, c10, c11, c20, c21, c30, c31] = [0, 0, 0, 0, 0, 0, 0, 0];
    let at = rowStart;
    let bt = columnStart + half;
    for (let p = 0; p < k; p++) {
      const b0 = columns[bt];
      const b1 = columns[bt + 1];
      const a0 = rows[at];
      const a1 = rows[at + 1];
      const a2 = rows[at + 2];
      const a3 = rows[at + 3];
      c00 += a0 * b0;
      c01 += a0 * b1;
      c10 += a1 * b0;
      c11 += a1 * b1;
      c20 += a2 * b0;
      c21 += a2 * b1;
      c30 += a3 * b0;
      c31 += a3 * b1;
      at += 4;
      bt += 4;
    }
    block[half] = c00;
    block[half + 1] = c01;
    block[4 + half] = c10;
    block[5 + half] = c11;
    block[8 + half] = c20;
    block[9 + half] = c21;
    block[12 + half] = c30;
    block[13 + half] = c31;
  }
}
