import { type Graph, type Kernel, type Move, type Read, type Source, readThrough } from './graph.js';

/**
 * Computes `b^T a^T` in place of a product `a b` that is only read transposed, so that it can be read along its rows.
 * The gradient of a weight that is kept transposed, as in PyTorch, is such a product.
 */
export function turnProducts({ kernels, outputs, ...graph }: Graph): Graph {
  const turns = turnable(kernels, outputs);
  const replaced = new Map<Source, Kernel>();
  const renew = (read: Read): Read => {
    const kernel = replaced.get(read.source);
    if (kernel === undefined) return read;
    return readThrough(kernel, turns.has(read.source) ? read.moves.slice(1) : read.moves);
  };
  for (const kernel of kernels) {
    const { spec, signature } = kernel;
    const reads = kernel.reads.map(renew);
    if (!turns.has(kernel)) {
      replaced.set(kernel, { spec, reads, signature });
      continue;
    }
    const [a, b] = reads.map((read) => turned(read));
    const shape = swapped(signature.shape);
    replaced.set(kernel, { spec, reads: [b, a], signature: { shape, dtype: signature.dtype } });
  }
  return { ...graph, kernels: [...replaced.values()], outputs: outputs.map(renew) };
}

/** The products whose readers all begin by exchanging rows and columns. */
function turnable(kernels: readonly Kernel[], outputs: readonly Read[]): Set<Source> {
  const products = new Set<Source>(kernels.filter(({ spec }) => spec.family === 'matmul'));
  for (const { source, moves } of [...kernels.flatMap(({ reads }) => reads), ...outputs])
    if (moves.length === 0 || !isTurn(moves[0])) products.delete(source);
  return products;
}

const isTurn = (move: Move): boolean =>
  move.family === 'view' && move.view === 'permute' && swapped(move.axes).every((axis, i) => axis === i);

const turned = ({ source, moves, layout: { shape } }: Read): Read =>
  readThrough(source, [...moves, { family: 'view', view: 'permute', axes: swapped(shape.map((_, i) => i)) }]);

/** With the last two exchanged. */
const swapped = (numbers: readonly number[]): number[] => [
  ...numbers.slice(0, -2),
  numbers[numbers.length - 1],
  numbers[numbers.length - 2],
];
