import {
  type ScalarExpression,
  binary,
  constant,
  coordinate,
  input,
  select,
} from '../../../../ir/expression.js';
import type { LinalgSpec, Signature } from '../../../../ir/kernel.js';
import { collapse } from '../../../../ir/loops.js';
import { sizeOf } from '../../../../ir/layout.js';
import { refusing } from '../../../errors.js';
import type { Local } from '../../assembler/encoder.js';
import { type Context, type Kernel, addressesOf } from '../../emit/context.js';
import { graphOf } from '../../emit/graph.js';
import { advance, nest, plus } from '../../emit/loops.js';
import { type Access, rowMajor, stepsOf, strided } from '../map.js';
import { cholesky } from './cholesky.js';
import { determinant, determinantBytes } from './determinant.js';
import { eliminate, substitute } from './eliminate.js';
import { type Work, sizesOf, spreadNaN } from './work.js';

/**
 * Factors, solutions and determinants of square matrices, one after the other. Each is copied to scratch memory as float64 and
 * worked on there by whole rows, as on the cpu backend, whose operations in whose order these are: results are equal to the
 * last bit but for logarithms, in float32 too.
 */
export function linalgKernel(
  context: Context,
  spec: LinalgSpec,
  inputs: readonly Access[],
  output: Signature,
): Kernel {
  const key = `linalg ${JSON.stringify([spec, inputs, output])}`;
  return context.kernel(key, () => {
    const [a] = inputs;
    const batch = a.shape.slice(0, -2);
    const count = sizeOf(batch);
    const [n, m = 0] = inputs.map(({ shape }) => shape[shape.length - 1]);
    const sizes = sizesOf(n, m);
    const cellsAt = sizes.n * sizes.pitch;
    const whole = rowMajor(output.shape, output.dtype);
    const loops = collapse(
      batch,
      [...inputs, whole].map((access) => stepsOf(access).slice(0, batch.length)),
    );
    const index = context.module.function(addressesOf(inputs.length + 2), (f, out, ...rest) => {
      const [addresses, rows] = [rest.slice(0, inputs.length), rest[inputs.length]];
      const number = f.let('i32', f.i32(0));
      const refuse = (column: Local): void => {
        if (spec.result === 'det' || spec.result === 'slogdet') return;
        const operation = f.i32(refusing.indexOf(spec.result));
        f.call(context.host.refuse, operation, f.get(number), f.i32(count), f.get(column));
      };
      const work: Work = { f, context, rows, ...sizes, refuse };
      const cursors = [...addresses, out].map((local, i) => ({ local, steps: loops.strides[i] }));
      nest(f, loops.shape, cursors, () => {
        f.fill(f.get(rows), f.i32(0), f.i32(cellsAt));
        const places = inputs.map((access, i) => ({
          access: behind(access, batch.length),
          at: addresses[i],
        }));
        compute(work, spec, places, { access: behind(whole, batch.length), at: out });
        advance(f, number, 1);
      });
    });
    return { index, scratch: cellsAt + determinantBytes(sizes.n) };
  });
}

/** The axes behind the first ones. */
const behind = ({ dtype, shape, strides }: Access, axes: number): Access => ({
  dtype,
  shape: shape.slice(axes),
  strides: strides.slice(axes),
});

/** Numbers in memory. */
interface Place {
  readonly access: Access;
  readonly at: Local;
}

/** One matrix. */
function compute(work: Work, spec: LinalgSpec, [a, b]: readonly Place[], out: Place): void {
  const { f, rows, n, pitch } = work;
  const inRows = (m: number, at: Local): Place => ({
    access: { dtype: 'float64', shape: [n, m], strides: [pitch / 8, 1] },
    at,
  });
  const matrix = inRows(n, rows);
  const load = (expression: ScalarExpression, ...from: readonly Place[]): void => {
    if (n === 0) return;
    copy(work, expression, from, matrix);
    if (spec.result !== 'solveTriangular') spreadNaN(work);
  };
  switch (spec.result) {
    case 'cholesky': {
      load(mean, a, { access: transposed(a.access), at: a.at });
      cholesky(work, f.let('i32', plus(f, rows, n * pitch)));
      copy(work, lower, [{ access: transposed(matrix.access), at: rows }], out);
      break;
    }
    case 'det':
    case 'slogdet': {
      load(input(0), a);
      const cells = f.let('i32', plus(f, rows, n * pitch));
      determinant(work, spec.result, cells);
      const access = { ...out.access, dtype: 'float64' } as const;
      copy(work, input(0), [{ access, at: cells }], out);
      break;
    }
    case 'solve':
    case 'solveTriangular': {
      load(input(0), a);
      const right = inRows(b.access.shape[1], f.let('i32', plus(f, rows, work.right)));
      copy(work, input(0), [b], right);
      if (spec.result === 'solveTriangular') substitute(work, spec.upper, spec.unit ? 'ones' : 'checked');
      else {
        eliminate(work);
        substitute(work, true, 'read');
      }
      copy(work, input(0), [right], out);
    }
  }
}

/** The mean of a matrix and its transpose. */
const mean = binary('add', binary('mul', input(0), constant(0.5)), binary('mul', input(1), constant(0.5)));

/** Zeros above the diagonal. */
const lower = select(binary('lt', coordinate(0), coordinate(1)), constant(0), input(0));

const transposed = ({ dtype, shape, strides }: Access): Access => ({
  dtype,
  shape: [...shape].reverse(),
  strides: [...strides].reverse(),
});

function copy({ f, context }: Work, expression: ScalarExpression, from: readonly Place[], to: Place): void {
  const { index } = strided(
    context,
    graphOf(expression),
    from.map(({ access }) => access),
    to.access,
  );
  f.call(index, f.get(to.at), ...from.map(({ at }) => f.get(at)));
}
