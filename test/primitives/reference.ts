/** Every primitive as the plainest loop over its elements: shares no code with the engine. */

/** Numbers with a shape; `at` takes one coordinate for each axis. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly at: (index: readonly number[]) => number;
}

export interface Computed {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

type Reference<Params = never> = (inputs: readonly Numbers[], params: Params) => Computed;

export function numbers(shape: readonly number[], data: ArrayLike<number>): Numbers {
  return { shape, at: (index) => data[index.reduce((place, i, axis) => place * shape[axis] + i, 0)] };
}

/** All coordinates of a shape in row-major order. */
export function everyIndex(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (indices, size) => indices.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

const build = (shape: readonly number[], f: (index: number[]) => number): Computed => ({
  shape,
  data: everyIndex(shape).map(f),
});

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

const unary =
  (f: (x: number) => number): Reference =>
  ([x]) =>
    build(x.shape, (i) => f(x.at(i)));

const binary =
  (f: (a: number, b: number) => number): Reference =>
  ([a, b]) =>
    build(a.shape, (i) => f(a.at(i), b.at(i)));

/** erf by the series `2/sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (1 3 5 ... (2n+1))`, whose terms have one sign. */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 200; n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

interface Axes {
  readonly axes: readonly number[];
}

/** All elements that a reduction over `axes` maps to one place of its result. */
function group(x: Numbers, axes: readonly number[], kept: readonly number[]): number[] {
  const own = everyIndex(x.shape).filter(
    (index) => index.filter((_, axis) => !axes.includes(axis)).join() === kept.join(),
  );
  return own.map((index) => x.at(index));
}

const reduction =
  (f: (values: readonly number[]) => number): Reference<Axes> =>
  ([x], { axes }) =>
    build(
      x.shape.filter((_, axis) => !axes.includes(axis)),
      (kept) => f(group(x, axes, kept)),
    );

interface Windows {
  readonly inputSize: readonly number[];
  readonly kernelSize: readonly number[];
  readonly outputSize: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly low: readonly number[];
}

/** The element that tap k of window p reads, or null in the padding. */
function tapped(windows: Windows, p: readonly number[], k: readonly number[]): number[] | null {
  const { inputSize, stride, dilation, low } = windows;
  const place = p.map((window, axis) => window * stride[axis] + k[axis] * dilation[axis] - low[axis]);
  return place.every((at, axis) => at >= 0 && at < inputSize[axis]) ? place : null;
}

interface Convolution {
  readonly windows: Windows;
  readonly groups: number;
}

/** Calls `visit` for every product that a convolution adds up, with the places of its three factors. */
function everyProduct(
  sizes: { readonly batch: number; readonly outputs: number; readonly perGroup: number },
  { windows, groups }: Convolution,
  visit: (x: number[], weight: number[], y: number[]) => void,
): void {
  for (const [n, o, c] of everyIndex([sizes.batch, sizes.outputs, sizes.perGroup])) {
    const channel = Math.floor(o / (sizes.outputs / groups)) * sizes.perGroup + c;
    for (const p of everyIndex(windows.outputSize)) {
      for (const k of everyIndex(windows.kernelSize)) {
        const place = tapped(windows, p, k);
        if (place !== null) visit([n, channel, ...place], [o, c, ...k], [n, o, ...p]);
      }
    }
  }
}

function accumulate(
  shape: readonly number[],
  fill: (add: (index: readonly number[], value: number) => void) => void,
): Computed {
  const sums = new Map(everyIndex(shape).map((index) => [index.join(), 0]));
  fill((index, value) => sums.set(index.join(), sums.get(index.join())! + value));
  return { shape, data: [...sums.values()] };
}

type Matrix = readonly (readonly number[])[];

/** The matrix of a batch with the last two axes of x, or one of its columns as a matrix. */
const matrixOf = (x: Numbers, batch: readonly number[]): Matrix =>
  everyIndex([x.shape[x.shape.length - 2]]).map(([i]) =>
    everyIndex([x.shape[x.shape.length - 1]]).map(([j]) => x.at([...batch, i, j])),
  );

/** By the first row. */
const determinantOf = ([first, ...others]: Matrix): number =>
  others.length === 0
    ? first[0]
    : total(first.map((x, j) => (-1) ** j * x * determinantOf(others.map((row) => row.toSpliced(j, 1)))));

/** Solutions by Cramer's rule, of matrices that `read` picks from those of the input. */
const solutions =
  <Params>(read: (a: Matrix, params: Params) => Matrix): Reference<Params> =>
  ([a, b], params) =>
    build(b.shape, (index) => {
      const [batch, row, column] = [index.slice(0, -2), index[index.length - 2], index[index.length - 1]];
      const matrix = read(matrixOf(a, batch), params);
      const replaced = matrix.map((numbers, i) => numbers.with(row, b.at([...batch, i, column])));
      return determinantOf(replaced) / determinantOf(matrix);
    });

const references = {
  neg: unary((x) => -x),
  exp: unary(Math.exp),
  expm1: unary((x) => Math.exp(x) - 1),
  log: unary(Math.log),
  log1p: unary((x) => Math.log(1 + x)),
  tanh: unary((x) => (Math.exp(x) - Math.exp(-x)) / (Math.exp(x) + Math.exp(-x))),
  sigmoid: unary((x) => (1 + Math.tanh(x / 2)) / 2),
  softplus: unary((x) => Math.log(1 + Math.exp(x))),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  atan: unary((x) => Math.atan2(x, 1)),
  erf: unary(erf),
  sqrt: unary((x) => x ** 0.5),
  floor: unary((x) => (x < Math.trunc(x) ? Math.trunc(x) - 1 : Math.trunc(x))),
  truncate: unary(Math.trunc),
  cast: unary((x) => x),
  stopGradient: unary((x) => x),
  barrier: unary((x) => x),

  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => a / b),
  maximum: binary((a, b) => (a > b ? a : b)),
  pow: binary((a, b) => Math.exp(b * Math.log(a))),
  lt: binary((a, b) => (a < b ? 1 : 0)),
  eq: binary((a, b) => (a === b ? 1 : 0)),
  where: ([condition, a, b]) => build(a.shape, (i) => (condition.at(i) !== 0 ? a.at(i) : b.at(i))),

  sum: reduction(total),
  maxReduce: reduction((values) => [...values].sort((a, b) => b - a)[0]),
  argmax: (([x], { axis }) => {
    const indexOfLargest = reduction((values) => values.indexOf([...values].sort((a, b) => b - a)[0]));
    return indexOfLargest([x], { axes: [axis] });
  }) satisfies Reference<{ axis: number }>,

  broadcastTo: (([x], { shape }) =>
    build(shape, (i) =>
      x.at(x.shape.map((size, axis) => (size === 1 ? 0 : i[i.length - x.shape.length + axis]))),
    )) satisfies Reference<{ shape: number[] }>,
  reshape: (([x], { shape }) => ({
    shape,
    data: everyIndex(x.shape).map((i) => x.at(i)),
  })) satisfies Reference<{
    shape: number[];
  }>,
  permute: (([x], { axes }) =>
    build(
      axes.map((axis) => x.shape[axis]),
      (i) => x.at(x.shape.map((_, axis) => i[axes.indexOf(axis)])),
    )) satisfies Reference<Axes>,
  slice: (([x], { start, stop, step }) => {
    const along = x.shape.map((size, axis) =>
      Array.from({ length: size }, (_, at) => at).filter(
        (at) => at >= start[axis] && at < stop[axis] && (at - start[axis]) % step[axis] === 0,
      ),
    );
    return build(
      along.map((places) => places.length),
      (i) => x.at(i.map((place, axis) => along[axis][place])),
    );
  }) satisfies Reference<Readonly<Record<'start' | 'stop' | 'step', readonly number[]>>>,
  pad: (([x], { low, high, interior, value }) =>
    build(
      x.shape.map((size, axis) => low[axis] + size + Math.max(0, size - 1) * interior[axis] + high[axis]),
      (i) => {
        const source = i.map((at, axis) => (at - low[axis]) / (interior[axis] + 1));
        const inside = source.every((at, axis) => Number.isInteger(at) && at >= 0 && at < x.shape[axis]);
        return inside ? x.at(source) : value;
      },
    )) satisfies Reference<
    Readonly<Record<'low' | 'high' | 'interior', readonly number[]> & { value: number }>
  >,
  concat: ((inputs, { axis }) => {
    const rows = inputs.flatMap((x) => Array.from({ length: x.shape[axis] }, (_, row) => ({ x, row })));
    const shape = inputs[0].shape.map((size, other) => (other === axis ? rows.length : size));
    return build(shape, (i) => {
      const { x, row } = rows[i[axis]];
      return x.at(i.map((at, other) => (other === axis ? row : at)));
    });
  }) satisfies Reference<{ axis: number }>,

  gather: (([x, indices], { axis }) =>
    build([...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)], (i) => {
      const rank = indices.shape.length;
      return x.at([...i.slice(0, axis), indices.at(i.slice(axis, axis + rank)), ...i.slice(axis + rank)]);
    })) satisfies Reference<{ axis: number }>,
  scatterAdd: (([g, indices], { axis, size }) => {
    const rank = indices.shape.length;
    const shape = [...g.shape.slice(0, axis), size, ...g.shape.slice(axis + rank)];
    return accumulate(shape, (add) => {
      for (const i of everyIndex(g.shape))
        add([...i.slice(0, axis), indices.at(i.slice(axis, axis + rank)), ...i.slice(axis + rank)], g.at(i));
    });
  }) satisfies Reference<{ axis: number; size: number }>,

  argsort: (([x], { axis, descending }) =>
    build(x.shape, (i) => {
      const at = (row: number): number => x.at(i.map((other, k) => (k === axis ? row : other)));
      const rows = Array.from({ length: x.shape[axis] }, (_, row) => row);
      const sign = descending ? -1 : 1;
      return rows.sort((a, b) => sign * (at(a) - at(b)) || a - b)[i[axis]];
    })) satisfies Reference<{ axis: number; descending: boolean }>,

  matmul: ([a, b]) => {
    const rank = a.shape.length;
    const inner = a.shape[rank - 1];
    return build([...a.shape.slice(0, -1), b.shape[rank - 1]], (i) => {
      const [batch, row, column] = [i.slice(0, -2), i[rank - 2], i[rank - 1]];
      return total(
        Array.from({ length: inner }, (_, k) => a.at([...batch, row, k]) * b.at([...batch, k, column])),
      );
    });
  },

  cholesky: ([a]) => {
    const factor = (m: Matrix, i: number, j: number): number => {
      const products = everyIndex([j]).map(([k]) => factor(m, i, k) * factor(m, j, k));
      const rest = (m[i][j] + m[j][i]) / 2 - total(products);
      return i === j ? Math.sqrt(rest) : rest / factor(m, j, j);
    };
    return build(a.shape, (index) => {
      const [i, j] = index.slice(-2);
      return j > i ? 0 : factor(matrixOf(a, index.slice(0, -2)), i, j);
    });
  },
  solve: solutions((a) => a),
  solveTriangular: solutions((a, { upper, unit }: { upper: boolean; unit: boolean }) =>
    a.map((row, i) => row.map((x, j) => (i === j ? (unit ? 1 : x) : j > i === upper ? x : 0))),
  ),
  det: ([a]) => build(a.shape.slice(0, -2), (batch) => determinantOf(matrixOf(a, batch))),
  slogdet: ([a]) =>
    build([...a.shape.slice(0, -2), 2], (index) => {
      const determinant = determinantOf(matrixOf(a, index.slice(0, -1)));
      return index[index.length - 1] === 0 ? Math.sign(determinant) : Math.log(Math.abs(determinant));
    }),

  conv: (([x, weight], params) =>
    accumulate([x.shape[0], weight.shape[0], ...params.windows.outputSize], (add) => {
      const sizes = { batch: x.shape[0], outputs: weight.shape[0], perGroup: weight.shape[1] };
      everyProduct(sizes, params, (atX, atWeight, atY) => {
        add(atY, x.at(atX) * weight.at(atWeight));
      });
    })) satisfies Reference<Convolution>,
  convInputGrad: (([weight, y], params) => {
    const sizes = { batch: y.shape[0], outputs: weight.shape[0], perGroup: weight.shape[1] };
    return accumulate([sizes.batch, sizes.perGroup * params.groups, ...params.windows.inputSize], (add) => {
      everyProduct(sizes, params, (atX, atWeight, atY) => {
        add(atX, y.at(atY) * weight.at(atWeight));
      });
    });
  }) satisfies Reference<Convolution>,
  convWeightGrad: (([x, y], params) => {
    const sizes = { batch: y.shape[0], outputs: y.shape[1], perGroup: x.shape[1] / params.groups };
    return accumulate([sizes.outputs, sizes.perGroup, ...params.windows.kernelSize], (add) => {
      everyProduct(sizes, params, (atX, atWeight, atY) => {
        add(atWeight, x.at(atX) * y.at(atY));
      });
    });
  }) satisfies Reference<Convolution>,
  unfold: (([x], { windows, value }) => {
    const leading = x.shape.slice(0, x.shape.length - windows.inputSize.length);
    return build([...leading, ...windows.kernelSize, ...windows.outputSize], (i) => {
      const [outer, inner] = [i.slice(0, leading.length), i.slice(leading.length)];
      const axes = windows.kernelSize.length;
      const place = tapped(windows, inner.slice(axes), inner.slice(0, axes));
      return place === null ? value : x.at([...outer, ...place]);
    });
  }) satisfies Reference<{ windows: Windows; value: number }>,
  fold: (([g], { windows }) => {
    const axes = windows.kernelSize.length;
    const leading = g.shape.slice(0, g.shape.length - 2 * axes);
    return accumulate([...leading, ...windows.inputSize], (add) => {
      for (const i of everyIndex(g.shape)) {
        const [outer, inner] = [i.slice(0, leading.length), i.slice(leading.length)];
        const place = tapped(windows, inner.slice(axes), inner.slice(0, axes));
        if (place !== null) add([...outer, ...place], g.at(i));
      }
    });
  }) satisfies Reference<{ windows: Windows }>,

  constant: ((_, { value }) => ({ shape: [], data: [value] })) satisfies Reference<{ value: number }>,
  iota: ((_, { shape, axis }) => build(shape, (i) => i[axis])) satisfies Reference<{
    shape: number[];
    axis: number;
  }>,
} satisfies Record<string, Reference>;

/** The primitive of a name computed naively, or undefined if it is not written here yet. */
export function reference(name: string, inputs: readonly Numbers[], params: unknown): Computed | undefined {
  return (references as Readonly<Partial<Record<string, Reference>>>)[name]?.(inputs, params as never);
}
