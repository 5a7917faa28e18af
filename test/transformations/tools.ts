/**
 * The transformations under test, and the same done by loops of JavaScript: programs are written against this interface and run
 * with both.
 */
import {
  type Tensor,
  cond,
  customVjp,
  grad,
  mul,
  narrow,
  peek,
  remat,
  reshape,
  scan,
  stack,
  stopGradient,
  sum,
  vmap,
  whileLoop,
} from '../../engine/index.js';

export type Carry = Readonly<Record<string, Tensor>>;
export type Step = (carry: Carry, item: Tensor) => readonly [Carry, Tensor];

export interface Tools {
  /** f of each row of x, stacked. */
  readonly vmap: (f: (row: Tensor) => Tensor) => (x: Tensor) => Tensor;
  /** The last carry, and the outs stacked. */
  readonly scan: (step: Step, carry: Carry, items: Tensor, options?: ScanOptions) => readonly [Carry, Tensor];
  readonly cond: (predicate: Tensor, a: (x: Tensor) => Tensor, b: (x: Tensor) => Tensor, x: Tensor) => Tensor;
  readonly whileLoop: (
    condition: (x: Tensor) => Tensor,
    step: (x: Tensor) => Tensor,
    x: Tensor,
    max: number,
  ) => Tensor;
  readonly remat: (f: (x: Tensor) => Tensor) => (x: Tensor) => Tensor;
  /** x itself, with twice its gradient. */
  readonly doubled: (x: Tensor) => Tensor;
}

export interface ScanOptions {
  readonly reverse?: boolean;
  readonly chunks?: number;
}

export const transformations: Tools = {
  vmap: (f) => (x) => vmap(f)(x),
  scan: (step, carry, items, options = {}) => scan(step, carry, items, options),
  cond: (predicate, a, b, x) => cond(predicate, a, b, x),
  whileLoop: (condition, step, x, max) => whileLoop(condition, step, x, { max }),
  remat,
  doubled: customVjp((x: Tensor) => x, {
    forward: (x) => [x, null],
    backward: (_, g) => mul(g, 2),
  }),
};

const rowOf = (x: Tensor, i: number): Tensor => reshape(narrow(x, 0, i, i + 1), x.shape.slice(1));
const rowsOf = (x: Tensor): readonly Tensor[] => Array.from({ length: x.shape[0] }, (_, i) => rowOf(x, i));
const holds = (predicate: Tensor): boolean => (peek(predicate) as number) !== 0;

export const loops: Tools = {
  vmap: (f) => (x) => stack(rowsOf(x).map(f)),
  scan(step, start, items, { reverse = false } = {}) {
    let carry = start;
    const rows = rowsOf(items);
    const outs: Tensor[] = [];
    for (let k = 0; k < rows.length; k++) {
      const at = reverse ? rows.length - 1 - k : k;
      [carry, outs[at]] = step(carry, rows[at]);
    }
    return [carry, stack(outs)];
  },
  cond: (predicate, a, b, x) => (holds(predicate) ? a(x) : b(x)),
  whileLoop(condition, step, x, max) {
    for (let k = 0; holds(condition(x)); k++) {
      if (k === max) throw new Error('the loop is longer than max');
      x = step(x);
    }
    return x;
  },
  remat: (f) => f,
  doubled: (x) => mul(x, 2).sub(stopGradient(x, 'what was doubled')),
};

/** A way to use a scalar function of a vector: what becomes of it for a matrix of 3 rows. */
export const uses: Readonly<
  Record<string, (tools: Tools, f: (x: Tensor) => Tensor) => (x: Tensor) => Tensor>
> = {
  value: (_, f) => (x) => f(first(x)),
  grad: (_, f) => (x) => grad(f)(first(x)),
  'grad of grad': (_, f) => (x) => twice(f)(first(x)),
  'grad of grad of grad': (_, f) => (x) => grad((v: Tensor) => sum(mul(twice(f)(v), cosine(v))))(first(x)),
  vmap: (tools, f) => tools.vmap(f),
  'vmap of grad': (tools, f) => tools.vmap(grad(f)),
  'vmap of grad of grad': (tools, f) => tools.vmap(twice(f)),
  'grad of vmap': (tools, f) => grad((x: Tensor) => sum(cosine(tools.vmap(f)(x)))),
  'grad of vmap of grad': (tools, f) => grad((x: Tensor) => sum(cosine(tools.vmap(grad(f))(x)))),
  'grad of grad of vmap': (tools, f) =>
    grad((x: Tensor) => sum(cosine(grad((y: Tensor) => sum(cosine(tools.vmap(f)(y))))(x)))),
  'vmap of vmap': (tools, f) => (x) => tools.vmap((row) => tools.vmap((other) => f(mul(other, row)))(x))(x),
  'scan of grad': (tools, f) => (x) => {
    const step: Step = ({ at }, row) => {
      const next = at.sub(grad((v: Tensor) => f(v.add(row.mul(0.1))))(at).mul(0.1));
      return [{ at: next }, sum(next)];
    };
    return tools.scan(step, { at: first(x) }, x)[0].at;
  },
  'grad of scan of grad': (tools, f) => grad((x: Tensor) => sum(cosine(uses['scan of grad'](tools, f)(x)))),
  'vmap of scan of grad': (tools, f) => (x) =>
    tools.vmap((row) => uses['scan of grad'](tools, f)(x.mul(row)))(x),
  'grad of grad of scan of grad': (tools, f) =>
    grad((x: Tensor) => sum(cosine(uses['grad of scan of grad'](tools, f)(x)))),
};

const first = (x: Tensor): Tensor => rowOf(x, 0);
const cosine = (x: Tensor): Tensor => x.cos();
const twice = (f: (x: Tensor) => Tensor) => grad((x: Tensor) => sum(cosine(grad(f)(x))));
