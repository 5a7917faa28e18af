import type { LinalgSpec, Signature, Strided, TypedArray } from '../../ir/kernel.js';
import { sizeOf } from '../../ir/layout.js';
import { allocate, pack } from '../../ir/array.js';
import { refuseMatrix } from '../errors.js';

/** Rows `[a | b]` in double precision, of one matrix and its right-hand sides: n rows of `width` numbers. */
interface Rows {
  readonly numbers: Float64Array;
  readonly n: number;
  readonly width: number;
}

/**
 * Factors, solutions and determinants of square matrices, one after the other. Everything goes by whole rows, so that vectors
 * give the same bits: the wasm backend does the same operations in the same order.
 */
export function linalg(spec: LinalgSpec, inputs: readonly Strided[], output: Signature): TypedArray {
  const out = allocate(output.dtype, sizeOf(output.shape));
  if (out.length === 0) return out;
  const [{ shape }] = inputs;
  const n = shape[shape.length - 1];
  const width = inputs.reduce((sum, input) => sum + input.shape[input.shape.length - 1], 0);
  const rows: Rows = { numbers: new Float64Array(n * width), n, width };
  const count = sizeOf(shape.slice(0, -2));
  const size = out.length / count;
  const sources = inputs.map(pack);
  for (let number = 0; number < count; number++) {
    let start = 0;
    sources.forEach((source, i) => {
      const columns = i === 0 ? n : width - n;
      fill(rows, start, columns, source.subarray(number * n * columns, (number + 1) * n * columns));
      start += columns;
    });
    const result = computed(spec, rows, (column) => {
      if (spec.result === 'det' || spec.result === 'slogdet') return;
      refuseMatrix(spec.result, number, count, column);
    });
    for (let i = 0; i < size; i++) out[number * size + i] = result(i);
  }
  return out;
}

function fill({ numbers, n, width }: Rows, start: number, columns: number, source: TypedArray): void {
  for (let i = 0, from = 0; i < n; i++)
    for (let j = 0; j < columns; j++) numbers[i * width + start + j] = source[from++];
}

type Refuse = (column: number) => void;

/** The elements of the result, by their number. */
function computed(spec: LinalgSpec, rows: Rows, refuse: Refuse): (i: number) => number {
  const { numbers, n, width } = rows;
  const columns = width - n;
  const solution = (i: number): number => numbers[Math.floor(i / columns) * width + n + (i % columns)];
  switch (spec.result) {
    case 'solveTriangular':
      substitute(rows, spec.upper, spec.unit ? null : refuse);
      return solution;
    case 'solve':
      spreadNaN(rows);
      eliminate(rows, refuse);
      substitute(rows, true, refuse);
      return solution;
    case 'cholesky':
      spreadNaN(rows);
      return cholesky(rows, refuse);
    case 'det':
    case 'slogdet': {
      spreadNaN(rows);
      const pivots = eliminate(rows, refuse);
      const product = (values: readonly number[]): number => values.reduce((all, value) => all * value, 1);
      if (spec.result === 'det') return () => product(pivots);
      const sum = pivots.reduce((all, pivot) => all + Math.log(Math.abs(pivot)), 0);
      return (i) => (i === 0 ? product(pivots.map(Math.sign)) : sum);
    }
  }
}

/** Makes the first element NaN where any of the matrix is not finite; elimination carries it everywhere. */
function spreadNaN({ numbers, n, width }: Rows): void {
  let zero = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) zero += numbers[i * width + j] * 0;
  numbers[0] += zero;
}

/**
 * Makes the matrix upper triangular by adding multiples of rows to others, the largest element of each column being the pivot.
 * Returns the pivots, which change their sign where rows change their places; all are 0 where one is.
 */
function eliminate(rows: Rows, refuse: Refuse): number[] {
  const { numbers, n, width } = rows;
  const pivots = new Array<number>(n).fill(0);
  for (let k = 0; k < n; k++) {
    const diagonal = k * width + k;
    let [largest, place] = [Math.abs(numbers[diagonal]), k];
    for (let i = k + 1; i < n; i++) {
      const size = Math.abs(numbers[i * width + k]);
      if (size > largest) [largest, place] = [size, i];
    }
    if (largest === 0) {
      refuse(k);
      return pivots.fill(0);
    }
    for (let j = k; place !== k && j < width; j++) {
      const [upper, lower] = [k * width + j, place * width + j];
      [numbers[upper], numbers[lower]] = [numbers[lower], numbers[upper]];
    }
    pivots[k] = place === k ? numbers[diagonal] : -numbers[diagonal];
    for (let i = k + 1; i < n; i++) {
      const factor = numbers[i * width + k] / numbers[diagonal];
      for (let j = k + 1; j < width; j++) numbers[i * width + j] -= factor * numbers[k * width + j];
    }
  }
  return pivots;
}

/** Solves a triangular system in place of its right-hand sides; `refuse` is null where the diagonal is taken for ones. */
function substitute({ numbers, n, width }: Rows, upper: boolean, refuse: Refuse | null): void {
  for (let step = 0; step < n; step++) {
    const k = upper ? n - 1 - step : step;
    const row = k * width;
    if (refuse !== null) {
      const pivot = numbers[row + k];
      if (pivot === 0) refuse(k);
      for (let j = n; j < width; j++) numbers[row + j] /= pivot;
    }
    const [first, end] = upper ? [0, k] : [k + 1, n];
    for (let i = first; i < end; i++) {
      const factor = numbers[i * width + k];
      for (let j = n; j < width; j++) numbers[i * width + j] -= factor * numbers[row + j];
    }
  }
}

/** The rows become the columns of the factor, from the diagonal on. */
function cholesky({ numbers, n }: Rows, refuse: Refuse): (i: number) => number {
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++) numbers[i * n + j] = numbers[i * n + j] * 0.5 + numbers[j * n + i] * 0.5;
  for (let k = 0; k < n; k++) {
    const row = k * n;
    const pivot = numbers[row + k];
    if (pivot <= 0) refuse(k);
    const root = Math.sqrt(pivot);
    numbers[row + k] = root;
    for (let j = k + 1; j < n; j++) numbers[row + j] /= root;
    for (let i = k + 1; i < n; i++) {
      const factor = numbers[row + i];
      for (let j = i; j < n; j++) numbers[i * n + j] -= factor * numbers[row + j];
    }
  }
  return (at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return j > i ? 0 : numbers[j * n + i];
  };
}
