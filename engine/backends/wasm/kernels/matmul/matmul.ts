import type { MatmulSpec, Shape } from '../../../../ir/kernel.js';
import { collapse } from '../../../../ir/loops.js';
import { sizeOf } from '../../../../ir/layout.js';
import { type Context, type Kernel, addressesOf, invoke } from '../../emit/context.js';
import { constantKernel } from '../copy.js';
import type { Pushed } from '../../assembler/encoder.js';
import { coordinatesOf, graphOf, isHeavy } from '../../emit/graph.js';
import { advance, nest, repeat } from '../../emit/loops.js';
import { type Access, mapKernel, rowMajor, stepsOf } from '../map.js';
import type { Job, Matrix } from './panel.js';
import { productKernel } from './product.js';
import type { Epilogue } from './tile.js';
import { float32, float64 } from '../../emit/vector.js';
import { vectorProductKernel } from './vector.js';

/** Products deeper than this are added up in parts whose panels stay in the nearest cache. */
export const mostDepth = 512;
/** An epilogue with more operands is computed afterwards. */
export const mostFusedOperands = 4;

/**
 * `[...batch, n, k] x [...batch, k, m] -> [...batch, n, m]`, then the epilogue. The output must not be where an operand
 * is: it holds partial sums before the epilogue reads its operands.
 */
export function matmulKernel(
  context: Context,
  spec: MatmulSpec,
  inputs: readonly Access[],
  shape: Shape,
): Kernel {
  const epilogueKey = spec.epilogue === undefined ? '' : graphOf(spec.epilogue).key;
  return context.kernel(`matmul ${JSON.stringify([inputs, shape])} ${epilogueKey}`, () => {
    const isVector = spec.epilogue === undefined && shape.slice(-2).includes(1);
    const fused = isVector ? undefined : fusible(spec, inputs);
    const product = isVector
      ? vectorProductKernel(context, inputs, shape)
      : batched(context, inputs.slice(0, fused === undefined ? 2 : undefined), shape, {
          epilogue: fused,
          accumulate: false,
        });
    if (spec.epilogue === undefined || fused !== undefined) return product;
    const output = rowMajor(shape, inputs[0].dtype);
    const operands = [output, ...inputs.slice(2)];
    return inSequence(context, product, mapKernel(context, [spec.epilogue], operands, output), inputs.length);
  });
}

/** `output += a b` of matrices with at least one column in the first factor. */
export function addProductKernel(context: Context, inputs: readonly Access[], shape: Shape): Kernel {
  return context.kernel(`matmul += ${JSON.stringify([inputs, shape])}`, () =>
    batched(context, inputs, shape, { epilogue: undefined, accumulate: true }),
  );
}

/** The epilogue if it can be computed while the sums are still in registers. */
function fusible({ epilogue }: MatmulSpec, inputs: readonly Access[]): Epilogue | undefined {
  if (epilogue === undefined || inputs[0].shape.at(-1) === 0) return undefined;
  const graph = graphOf(epilogue);
  const fits = inputs.length - 2 <= mostFusedOperands && coordinatesOf(graph).length === 0;
  return fits && !isHeavy(graph) ? { graph, dtypes: inputs.slice(2).map(({ dtype }) => dtype) } : undefined;
}

/** The product, then a map in place whose first input is the product. */
function inSequence({ module }: Context, product: Kernel, epilogue: Kernel, inputs: number): Kernel {
  const index = module.function(addressesOf(inputs + 2), (f, output, a, b, ...rest) => {
    const scratch = (): Pushed => f.get(rest[rest.length - 1]);
    invoke(f, product, scratch, f.get(output), f.get(a), f.get(b));
    invoke(f, epilogue, scratch, f.get(output), f.get(output), ...rest.slice(0, -1).map(f.get));
  });
  return { index, scratch: Math.max(product.scratch, 1) };
}

/** All products of a batch, one after the other. */
function batched(
  context: Context,
  inputs: readonly Access[],
  shape: Shape,
  storing: Pick<Job, 'epilogue' | 'accumulate'>,
): Kernel {
  const [a, b, ...operands] = inputs.map((input): Matrix => {
    const [rowStep, columnStep] = stepsOf(input).slice(-2);
    return { rowStep, columnStep };
  });
  const [rows, columns] = shape.slice(-2);
  const depth = inputs[0].shape.at(-1)!;
  const float = inputs[0].dtype === 'float64' ? float64 : float32;
  const { dtype } = float;
  const product =
    depth === 0
      ? constantKernel(context, 2, { shape: [rows, columns], dtype }, 0)
      : deep(context, { float, rows, depth, columns, a, b, operands, ...storing });
  const batch = shape.slice(0, -2);
  if (sizeOf(batch) === 1) return product;
  const steps = [stepsOf(rowMajor(shape, dtype)), ...inputs.map(stepsOf)];
  const loops = collapse(
    batch,
    steps.map((all) => all.slice(0, -2)),
  );
  const params = inputs.length + (product.scratch > 0 ? 2 : 1);
  const index = context.module.function(addressesOf(params), (f, ...all) => {
    const cursors = loops.strides.map((strides, i) => ({ local: all[i], steps: strides }));
    nest(f, loops.shape, cursors, () => {
      f.call(product.index, ...all.map(f.get));
    });
  });
  return { index, scratch: product.scratch };
}

/** A product of any depth; if it is deep, in parts that add to the output, the last with the epilogue. */
function deep(context: Context, job: Job): Kernel {
  const { depth, a, b, operands } = job;
  const parts = Math.ceil(depth / mostDepth);
  if (parts === 1) return productKernel(context, job);
  const each = 2 * Math.ceil(depth / parts / 2);
  const plain: Job = { ...job, depth: each, operands: [], epilogue: undefined };
  const first = productKernel(context, plain);
  const middle = productKernel(context, { ...plain, accumulate: true });
  const last = productKernel(context, { ...job, depth: depth - each * (parts - 1), accumulate: true });
  const index = context.module.function(addressesOf(operands.length + 4), (f, ...params) => {
    const [output, aAt, bAt] = params;
    const scratch = (): Pushed => f.get(params[params.length - 1]);
    const next = (): void => {
      advance(f, aAt, each * a.columnStep);
      advance(f, bAt, each * b.rowStep);
    };
    invoke(f, first, scratch, f.get(output), f.get(aAt), f.get(bAt));
    next();
    repeat(f, parts - 2, () => {
      invoke(f, middle, scratch, f.get(output), f.get(aAt), f.get(bAt));
      next();
    });
    invoke(f, last, scratch, ...params.slice(0, -1).map(f.get));
  });
  return { index, scratch: Math.max(first.scratch, last.scratch, 1) };
}
