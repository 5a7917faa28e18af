import { requireTensor } from '../../core/arguments.js';
import { UsageError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { isFloat } from '../../core/dtype.js';
import type { Tensor } from '../../core/tensor.js';
import { batchMatmul, mul, permute, reshape, sumReduce } from '../../primitives/index.js';
import { sameDType } from '../../primitives/definition/primitive.js';
import { diagonalOf } from '../arrange/diagonals.js';
import { type Equation, readEquation } from './equation.js';

/** A tensor and the label of each of its axes, all different. */
interface Term {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

/**
 * Sums of products by labels of axes, Einstein's notation: `einsum('ij,jk->ik', a, b)` is `sum over j of a[i,j] * b[j,k]`. A letter
 * that is not in the result is summed over; one that is twice in an operand takes its diagonal; `...` stands for all other
 * axes, which broadcast. Several operands are multiplied in pairs, the cheapest pair first, as matrix products.
 */
export const einsum = composite('einsum', 0, (equation: string, ...operands: readonly Tensor[]): Tensor => {
  if (operands.length === 0)
    throw new UsageError("einsum: takes an equation and tensors, as in einsum('ij,jk->ik', a, b).");
  operands.forEach((x, i) => {
    requireTensor('einsum', x, `an equation and tensors, number ${i} too`);
  });
  sameDType('einsum', operands);
  const read = readEquation(
    equation,
    operands.map(({ shape }) => shape),
  );
  let terms = operands.map((x, i) => withDistinctLabels({ x, labels: read.operands[i] }, read.sizes));
  terms = terms.map((term, i) => summed(term, keptBeside(terms, [i], read)));
  while (terms.length > 1) {
    const pair = cheapestPair(terms, read);
    const product = contract(terms[pair[0]], terms[pair[1]], keptBeside(terms, pair, read));
    terms = [...terms.filter((_, i) => !pair.includes(i)), product];
  }
  return inOrder(terms[0], read.output);
});

/** The term without axes of size 1 that others stretch, and with one axis for a label that it has twice. */
function withDistinctLabels({ x, labels }: Term, sizes: Equation['sizes']): Term {
  const stretched = labels.findIndex((label, axis) => x.shape[axis] === 1 && sizes.get(label) !== 1);
  if (stretched >= 0) {
    const others = <T>(list: readonly T[]): T[] => list.filter((_, axis) => axis !== stretched);
    return withDistinctLabels({ x: reshape(x, others(x.shape)), labels: others(labels) }, sizes);
  }
  const second = labels.findIndex((label, axis) => labels.indexOf(label) < axis);
  if (second < 0) return { x, labels };
  const first = labels.indexOf(labels[second]);
  const rest = labels.filter((_, axis) => axis !== first && axis !== second);
  return withDistinctLabels({ x: diagonalOf(x, first, second, 0), labels: [...rest, labels[second]] }, sizes);
}

/** The labels that the result or other terms than these need. */
const keptBeside = (terms: readonly Term[], these: readonly number[], { output }: Equation): Set<string> =>
  new Set([...output, ...terms.flatMap(({ labels }, i) => (these.includes(i) ? [] : labels))]);

function summed({ x, labels }: Term, kept: ReadonlySet<string>): Term {
  const axes = [...labels.keys()].filter((axis) => !kept.has(labels[axis]));
  return { x: sumReduce(x, axes), labels: labels.filter((label) => kept.has(label)) };
}

/** The pair whose product has the fewest multiplications. */
function cheapestPair(terms: readonly Term[], { sizes }: Equation): readonly [number, number] {
  let [best, least]: [readonly [number, number], number] = [[0, 1], Infinity];
  for (let i = 0; i < terms.length; i++)
    for (let j = i + 1; j < terms.length; j++) {
      const labels = new Set([...terms[i].labels, ...terms[j].labels]);
      const cost = [...labels].reduce((product, label) => product * sizes.get(label)!, 1);
      if (cost < least) [best, least] = [[i, j], cost];
    }
  return best;
}

const inOrder = ({ x, labels }: Term, order: readonly string[]): Tensor =>
  order.every((label, i) => label === labels[i])
    ? x
    : permute(
        x,
        order.map((label) => labels.indexOf(label)),
      );

/** The product of two terms, summed over the labels that are not kept. */
function contract(a: Term, b: Term, kept: ReadonlySet<string>): Term {
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => kept.has(label));
  const inner = shared.filter((label) => !kept.has(label));
  const [rows, columns] = [a, b].map(({ labels }) => labels.filter((label) => !shared.includes(label)));
  const sizeOf = ({ x, labels }: Term, of: readonly string[]): number[] =>
    of.map((label) => x.shape[labels.indexOf(label)]);
  const shape = [...sizeOf(a, batch), ...sizeOf(a, rows), ...sizeOf(b, columns)];
  const labels = [...batch, ...rows, ...columns];
  const count = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1);
  const [n, k, m] = [count(sizeOf(a, rows)), count(sizeOf(a, inner)), count(sizeOf(b, columns))];
  const groups = batch.length === 0 ? [] : [count(sizeOf(a, batch))];
  const left = inOrder(a, [...batch, ...rows, ...inner]);
  const right = inOrder(b, [...batch, ...inner, ...columns]);
  if (inner.length > 0 && isFloat(a.x.dtype)) {
    const product = batchMatmul(reshape(left, [...groups, n, k]), reshape(right, [...groups, k, m]));
    return { x: reshape(product, shape), labels };
  }
  const products = mul(reshape(left, [...groups, n, k, 1]), reshape(right, [...groups, 1, k, m]));
  return { x: reshape(sumReduce(products, [groups.length + 1]), shape), labels };
}
