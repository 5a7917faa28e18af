/** einsum against plain loops over all labels, and its errors. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  arange,
  compile,
  einsum,
  kron,
  normal,
  ones,
  tensordot,
} from '../../engine/index.js';
import { sizeOf } from '../../engine/ir/layout.js';
import '../matchers.js';

const sizes: Readonly<Record<string, number>> = { i: 2, j: 3, k: 1, l: 4 };
const letters = fc.array(fc.constantFrom(...Object.keys(sizes)), { maxLength: 3 });

/** The sum over all values of all letters, by the definition. */
function byDefinition(
  terms: readonly (readonly string[])[],
  output: readonly string[],
  xs: readonly Tensor[],
): number[] {
  const labels = [...new Set([...output, ...terms.flat()])];
  const place = (of: readonly string[], at: ReadonlyMap<string, number>): number =>
    of.reduce((position, label) => position * sizes[label] + at.get(label)!, 0);
  const result = new Array<number>(output.reduce((n, label) => n * sizes[label], 1)).fill(0);
  const data = xs.map((x) => x.toTypedArray());
  const visit = (at: ReadonlyMap<string, number>): void => {
    const label = labels[at.size];
    if (at.size < labels.length) {
      for (let i = 0; i < sizes[label]; i++) visit(new Map([...at, [label, i]]));
      return;
    }
    result[place(output, at)] += terms.reduce((product, term, i) => product * data[i][place(term, at)], 1);
  };
  visit(new Map());
  return result;
}

describe('einsum', () => {
  it('is the sum of products over all letters, of one to three operands with repeated letters', () => {
    const cases = fc
      .array(letters, { minLength: 1, maxLength: 3 })
      .chain((terms) =>
        fc.record({ terms: fc.constant(terms), output: fc.shuffledSubarray([...new Set(terms.flat())]) }),
      );
    fc.assert(
      fc.property(cases, ({ terms, output }) => {
        const random = new Generator(1);
        const xs = terms.map((term) =>
          normal(
            random,
            term.map((label) => sizes[label]),
            { dtype: 'float64' },
          ),
        );
        const equation = `${terms.map((term) => term.join('')).join()} -> ${output.join('')}`;
        const result = einsum(equation, ...xs);
        expect(result.shape).toEqual(output.map((label) => sizes[label]));
        const wanted = byDefinition(terms, output, xs);
        result.toTypedArray().forEach((value, i) => {
          expect(value, equation).toBeCloseTo(wanted[i], 10);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('infers the result, stretches under an ellipsis, and takes int32', () => {
    expect(einsum('ba', ones([2, 3])).shape).toEqual([3, 2]);
    expect(einsum('ii', arange(4).reshape([2, 2])).item()).toBe(3);
    expect(einsum('...ij,...jk', ones([5, 1, 3, 4]), ones([2, 4, 6])).shape).toEqual([5, 2, 3, 6]);
    expect(einsum('...i->i', ones([5, 3])).toArray()).toEqual([5, 5, 5]);
    expect(einsum('i...,i->...', ones([2, 3]), ones([2])).toArray()).toEqual([2, 2, 2]);
    const product = einsum('ij,jk->ik', arange(4).reshape([2, 2]), arange(4).reshape([2, 2]));
    expect([product.dtype, product.toArray()]).toEqual([
      'int32',
      [
        [2, 3],
        [6, 11],
      ],
    ]);
  });

  it.each(['ij,jk,k->i', 'k,jk,ij->i'])('multiplies the cheapest pair first: %s', (equation) => {
    const f = compile((a: Tensor, b: Tensor, c: Tensor) => einsum(equation, a, b, c));
    const [first, , last] = equation.split(/,|->/).map((term) => ones(term.split('').map(() => 8)));
    expect(f(first, ones([8, 8]), last).toArray()).toEqual(new Array(8).fill(64));
    const products = f.plans[0].plan.equations.filter(({ operation }) => operation.name === 'matmul');
    expect(products.map(({ outputs }) => sizeOf(outputs[0].shape))).toEqual([8, 8]);
  });

  it('has right gradients to third order', () => {
    const random = new Generator(3);
    const [a, b] = [
      normal(random, [3, 3], { dtype: 'float64' }),
      normal(random, [3, 2], { dtype: 'float64' }),
    ];
    const f = (x: Tensor, y: Tensor): Tensor => einsum('ii,ij,kj->k', x, y, y);
    expect(f).toHaveCorrectGradients([a, b], { order: 3 });
  });

  const [matrix, vector] = [ones([3, 4]), ones([5])];
  it.each<[string, () => unknown]>([
    [
      "einsum: 'ij,jk->ik' is of 2 operands, with a comma between neighbours; got 1 tensors.",
      () => einsum('ij,jk->ik', matrix),
    ],
    ["einsum: 'ijk' names 3 axes, operand 0 [3,4] has 2.", () => einsum('ijk->i', matrix)],
    [
      "einsum: 'i' names 1 axes, operand 0 [3,4] has 2; an ellipsis (...) stands for the others.",
      () => einsum('i->i', matrix),
    ],
    [
      "einsum: 'j' in 'ij,j->i' has size 4 in operand 0 [3,4] and 5 in operand 1 [5].",
      () => einsum('ij,j->i', matrix, vector),
    ],
    ["einsum: 'z' of the result in 'ij->z' is in no operand.", () => einsum('ij->z', matrix)],
    ["einsum: 'i' of the result in 'ij->ii' occurs twice in it.", () => einsum('ij->ii', matrix)],
    ["einsum: 'i1' in 'i1->i' has '1' in it;", () => einsum('i1->i', matrix)],
    ["einsum: 'i->j->k' has more than one arrow.", () => einsum('i->j->k', vector)],
    ['einsum: the equation comes first', () => einsum(matrix as never, matrix)],
    ['einsum: takes an equation and tensors', () => einsum('i')],
    ['tensordot: axes [1] of [3,4] and [0] of [5] must pair', () => tensordot(matrix, vector, 1)],
  ])('%s', (message, run) => {
    expect(run).toThrow(message);
  });

  it('agrees with tensordot over named axes; kron takes any ranks', () => {
    const [a, b] = [
      arange(24).reshape([2, 3, 4]).cast('float64'),
      arange(12).reshape([4, 3]).cast('float64'),
    ];
    expect(
      tensordot(a, b, [
        [1, 2],
        [1, 0],
      ]).toArray(),
    ).toEqual(einsum('ijk,kj->i', a, b).toArray());
    expect(kron(ones([2]), ones([3, 2])).shape).toEqual([3, 4]);
  });
});
