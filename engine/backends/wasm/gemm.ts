/**
 * Matrix products after Goto: both factors are packed into panels that the inner loop reads as two short streams,
 * which also makes all transpositions equal, and a 6x8 block of sums stays in registers for the whole depth.
 */
import type { MatmulSpec, Shape } from '../../ir/kernel.js';
import { contiguousStrides, sizeOf } from '../layout.js';
import { collapse } from '../cpu/array.js';
import { type Context, type Kernel, addressesOf, invoke } from './context.js';
import { constantKernel } from './copy.js';
import type { FunctionIndex, Local, Pushed } from './encoder.js';
import { coordinatesOf, graphOf, isHeavy } from './graph.js';
import { advance, nest, plus, repeat } from './loops.js';
import { type Access, bytesPerElement, mapKernel, stepsOf } from './map.js';
import { packer, packingSlack, panelBytes } from './pack.js';
import { type Addresses, type Epilogue, type Product, emitTile, nextRows } from './tile.js';

/** Products deeper than this are added up in parts whose panels stay in the nearest cache. */
const mostDepth = 512;
/** So many rows of the first factor are packed at a time, for the second cache. */
const rowsAtATime = 192;
const panelColumns = 8;
const mostFusedOperands = 4;

interface Matrix {
  readonly rowStep: number;
  readonly columnStep: number;
}

/** One product of two matrices; steps in bytes. */
interface Job {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly a: Matrix;
  readonly b: Matrix;
  readonly operands: readonly Matrix[];
  readonly epilogue: Epilogue | undefined;
  readonly accumulate: boolean;
}

/** `[...batch, n, k] x [...batch, k, m] -> [...batch, n, m]`, then the epilogue. */
export function matmulKernel(
  context: Context,
  spec: MatmulSpec,
  inputs: readonly Access[],
  shape: Shape,
): Kernel {
  const key = `matmul ${JSON.stringify([inputs, shape])} ${spec.epilogue && graphOf(spec.epilogue).key}`;
  return context.kernel(key, () => {
    const fused = fusible(spec, inputs);
    const product = batched(context, inputs.slice(0, fused === undefined ? 2 : undefined), shape, fused);
    if (spec.epilogue === undefined || fused !== undefined) return product;
    const output: Access = { shape, strides: contiguousStrides(shape), dtype: 'float32' };
    const epilogue = mapKernel(context, { expression: spec.epilogue }, [output, ...inputs.slice(2)], output);
    return inSequence(context, inputs.length, product, epilogue);
  });
}

/** The epilogue if it can be computed while the sums are still in registers. */
function fusible({ epilogue }: MatmulSpec, inputs: readonly Access[]): Epilogue | undefined {
  if (epilogue === undefined || inputs[0].shape.at(-1) === 0) return undefined;
  const graph = graphOf(epilogue);
  const fits = inputs.length - 2 <= mostFusedOperands && coordinatesOf(graph).length === 0;
  return fits && !isHeavy(graph) ? { graph, dtypes: inputs.slice(2).map(({ dtype }) => dtype) } : undefined;
}

/** The product, then a map in place whose first input is the product. */
function inSequence({ module }: Context, inputs: number, product: Kernel, epilogue: Kernel): Kernel {
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
  epilogue: Epilogue | undefined,
): Kernel {
  const matrices = inputs.map((input): Matrix => {
    const [rowStep, columnStep] = stepsOf(input).slice(-2);
    return { rowStep, columnStep };
  });
  const [a, b, ...operands] = matrices;
  const [rows, columns] = shape.slice(-2);
  const depth = inputs[0].shape.at(-1)!;
  const job: Job = { rows, depth, columns, a, b, operands, epilogue, accumulate: false };
  const product =
    depth === 0
      ? constantKernel(context, 2, { shape: [rows, columns], dtype: 'float32' }, 0)
      : deep(context, job);
  const batch = shape.slice(0, -2);
  if (sizeOf(batch) === 1) return product;
  const steps = [stepsOf({ strides: contiguousStrides(shape) }), ...inputs.map(stepsOf)];
  const loops = collapse(
    batch,
    steps.map((all) => all.slice(0, -2)),
  );
  const hasScratch = product.scratch > 0 ? 1 : 0;
  const index = context.module.function(addressesOf(inputs.length + 1 + hasScratch), (f, ...params) => {
    const cursors = loops.strides.map((all, i) => ({ local: params[i], steps: all }));
    nest(f, loops.shape, cursors, () => {
      f.call(product.index, ...params.map(f.get));
    });
  });
  return { index, scratch: product.scratch };
}

/** A product of any depth, in parts that add to the output if it is deep. */
function deep(context: Context, job: Job): Kernel {
  const { depth, a, b, operands } = job;
  const parts = Math.ceil(depth / mostDepth);
  if (parts === 1) return shallow(context, job);
  const each = 2 * Math.ceil(depth / parts / 2);
  const first = shallow(context, { ...job, depth: each, operands: [], epilogue: undefined });
  const middle = shallow(context, {
    ...job,
    depth: each,
    operands: [],
    epilogue: undefined,
    accumulate: true,
  });
  const last = shallow(context, { ...job, depth: depth - each * (parts - 1), accumulate: true });
  const scratch = Math.max(first.scratch, last.scratch, 1);
  const index = context.module.function(addressesOf(operands.length + 4), (f, ...params) => {
    const [output, aAt, bAt] = params;
    const space = (): Pushed => f.get(params[params.length - 1]);
    const next = (): void => {
      advance(f, aAt, each * a.columnStep);
      advance(f, bAt, each * b.rowStep);
    };
    invoke(f, first, space, f.get(output), f.get(aAt), f.get(bAt));
    next();
    repeat(f, parts - 2, () => {
      invoke(f, middle, space, f.get(output), f.get(aAt), f.get(bAt));
      next();
    });
    invoke(f, last, space, ...params.slice(0, -1).map(f.get));
  });
  return { index, scratch };
}

/** Rows in blocks of `tile` and then smaller ones, none much smaller: those keep the processor less busy. */
function heightsOf(rows: number, tile: number): { readonly tiles: number; readonly tail: readonly number[] } {
  const rest = rows % tile;
  const tiles = Math.floor(rows / tile);
  if (rest === 0) return { tiles, tail: [] };
  if (tiles === 0 || rest > tile / 2) return { tiles, tail: [rest] };
  return { tiles: tiles - 1, tail: [Math.ceil((tile + rest) / 2), Math.floor((tile + rest) / 2)] };
}

/** A product whose panels fit the nearest cache. */
function shallow(context: Context, job: Job): Kernel {
  const { rows, depth, columns, a, b, operands, epilogue } = job;
  const { graph, dtypes } = epilogue ?? {};
  const key = `product ${JSON.stringify([{ ...job, epilogue: undefined }, dtypes])} ${graph?.key}`;
  return context.kernel(key, () => {
    const tile = context.features.relaxed ? 6 : 4;
    const { tiles, tail } = heightsOf(rows, tile);
    // What is read no more than twice is not worth packing.
    const packsA = columns > 2 * panelColumns;
    const packsB = rows > 2 * tile || b.columnStep !== bytesPerElement;
    const blocks = Math.max(1, Math.ceil(tiles / Math.floor(rowsAtATime / tile)));
    const tilesPerBlock = Math.ceil(tiles / blocks);
    const restColumns = columns % panelColumns;
    const paddedRest = restColumns > 4 ? 8 : 4;
    const bBytes = packsB
      ? Math.ceil(columns / panelColumns) * panelBytes({ width: panelColumns, depth }) + packingSlack
      : 0;
    const aBytes = packsA ? (tilesPerBlock * tile + 2 * tile) * depth * bytesPerElement + packingSlack : 0;

    const packA = (width: number): FunctionIndex =>
      packer(context, { width, filled: width, depth, vectorStep: a.rowStep, depthStep: a.columnStep });
    const packB = (width: number, filled: number): FunctionIndex =>
      packer(context, { width, filled, depth, vectorStep: b.columnStep, depthStep: b.rowStep });
    const productOf = (height: number, width: number): Product => ({
      depth,
      columns: width,
      a: packsA
        ? { rowStep: bytesPerElement, depthStep: height * bytesPerElement }
        : { rowStep: a.rowStep, depthStep: a.columnStep },
      b: packsB
        ? { depthStep: (width > 4 ? 8 : 4) * bytesPerElement, packed: true }
        : { depthStep: b.rowStep, packed: false },
      outputStep: columns * bytesPerElement,
      operands,
      epilogue,
      accumulate: job.accumulate,
    });
    const aStep = (height: number): number =>
      packsA ? panelBytes({ width: height, depth }) : height * a.rowStep;

    const addresses = (locals: readonly Local[]): Addresses => {
      const [aAt, bAt, output, ...rest] = locals;
      return { a: aAt, b: bAt, output, operands: rest };
    };
    /** `(a, b, output, ...operands, tiles)`: so many tiles below each other. */
    const strip = (width: number): FunctionIndex =>
      context.module.function(addressesOf(operands.length + 4), (f, ...params) => {
        const count = params[params.length - 1];
        const at = addresses(params.slice(0, -1));
        f.loop((again) => {
          emitTile(context, f, productOf(tile, width), tile, at);
          nextRows(f, productOf(tile, width), tile, at, aStep(tile));
          f.branchIf(again, f.tee(count, f.op('i32.sub', f.get(count), f.i32(1))));
        });
      });
    /** `(a, b, output, ...operands)`: the rows that are no whole tile. */
    const stripTail = (width: number): FunctionIndex =>
      context.module.function(addressesOf(operands.length + 3), (f, ...params) => {
        const at = addresses(params);
        for (const height of tail) {
          emitTile(context, f, productOf(height, width), height, at);
          nextRows(f, productOf(height, width), height, at, aStep(height));
        }
      });
    const widths = [
      ...(columns >= panelColumns ? [panelColumns] : []),
      ...(restColumns > 0 ? [restColumns] : []),
    ];
    const strips = new Map(tiles > 0 ? widths.map((width) => [width, strip(width)]) : []);
    const tails = new Map(tail.length > 0 ? widths.map((width) => [width, stripTail(width)]) : []);

    const index = context.module.function(
      addressesOf(operands.length + (packsA || packsB ? 4 : 3)),
      (f, output, aAt, bAt, ...rest) => {
        const operandsAt = rest.slice(0, operands.length);
        const packedB = packsB ? rest[operands.length] : bAt;
        const packedA = packsA ? f.let('i32', plus(f, rest[operands.length], bBytes)) : aAt;
        const wholePanels = Math.floor(columns / panelColumns);
        if (packsB) {
          const target = f.let('i32', f.get(packedB));
          if (wholePanels > 0)
            f.call(packB(panelColumns, panelColumns), f.get(target), f.get(bAt), f.i32(wholePanels));
          if (restColumns > 0)
            f.call(
              packB(paddedRest, restColumns),
              plus(f, target, wholePanels * panelBytes({ width: panelColumns, depth })),
              plus(f, bAt, wholePanels * panelColumns * b.columnStep),
              f.i32(1),
            );
        }
        const block = (count: number, last: boolean): void => {
          const below = count * tile;
          if (packsA) {
            if (count > 0) f.call(packA(tile), f.get(packedA), f.get(aAt), f.i32(count));
            let [done, space] = [below, count * aStep(tile)];
            for (const height of last ? tail : []) {
              f.call(packA(height), plus(f, packedA, space), plus(f, aAt, done * a.rowStep), f.i32(1));
              done += height;
              space += aStep(height);
            }
          }
          const [bPanel, corner] = [packedB, output].map((local) => f.let('i32', f.get(local)));
          const corners = operandsAt.map((local) => f.let('i32', f.get(local)));
          const panel = (width: number): void => {
            if (count > 0)
              f.call(
                strips.get(width)!,
                f.get(packedA),
                f.get(bPanel),
                f.get(corner),
                ...corners.map(f.get),
                f.i32(count),
              );
            if (last && tail.length > 0)
              f.call(
                tails.get(width)!,
                plus(f, packedA, count * aStep(tile)),
                f.get(bPanel),
                plus(f, corner, below * columns * bytesPerElement),
                ...corners.map((local, i) => plus(f, local, below * operands[i].rowStep)),
              );
          };
          repeat(f, wholePanels, () => {
            panel(panelColumns);
            advance(
              f,
              bPanel,
              packsB ? panelBytes({ width: panelColumns, depth }) : panelColumns * b.columnStep,
            );
            advance(f, corner, panelColumns * bytesPerElement);
            corners.forEach((local, i) => {
              advance(f, local, panelColumns * operands[i].columnStep);
            });
          });
          if (restColumns > 0) panel(restColumns);
          if (last) return;
          advance(f, aAt, below * a.rowStep);
          advance(f, output, below * columns * bytesPerElement);
          operandsAt.forEach((local, i) => {
            advance(f, local, below * operands[i].rowStep);
          });
        };
        repeat(f, blocks - 1, () => {
          block(tilesPerBlock, false);
        });
        block(tiles - tilesPerBlock * (blocks - 1), true);
      },
    );
    return { index, scratch: aBytes + bBytes };
  });
}
