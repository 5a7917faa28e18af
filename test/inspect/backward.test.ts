import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  explainBackward,
  grad,
  matmul,
  mul,
  neg,
  normal,
  relu,
  remat,
  sum,
  tensor,
  trace,
} from '../../engine/index.js';
import { dispatchMulti } from '../../engine/core/siblings.js';
import { root } from '../sources.js';
import { turn } from './turn.js';

const double = (data: Parameters<typeof tensor>[0]): Tensor => tensor(data, { dtype: 'float64' });
const layer = {
  weight: double([
    [1, 2],
    [3, -4],
  ]),
  bias: double([0.5, -1]),
};
const x = double([[1, 2]]);
const loss = ({ weight, bias }: typeof layer): Tensor => sum(relu(matmul(x, weight).add(bias)));

/** Without the lines and columns of this file. */
const textOf = (account: unknown): string =>
  String(account).replaceAll(/backward\.test\.ts:\d+:\d+/g, 'backward.test.ts');

describe('explainBackward', () => {
  it('shows values, cotangents and rules: those of -x^3 at 2, by hand', () => {
    const account = explainBackward((t: Tensor) => neg(mul(t, mul(t, t))), tensor(2));
    expect(account.graph.nodes.map(({ label, numbers }) => [label, numbers?.values])).toEqual([
      ['x', 2],
      ['mul', 4],
      ['mul', 8],
      ['neg', -8],
    ]);
    const steps = account.stages.map(({ operation, cotangent, contributions }) => [
      operation,
      cotangent.values,
      contributions.map(({ to, rule, cotangent: { values }, added }) => [to, rule, values, added]),
    ]);
    expect(steps).toEqual([
      ['neg', 1, [[2, '-g', -1, false]]],
      [
        'mul',
        -1,
        [
          [0, 'g * b', -4, false],
          [1, 'g * a', -2, false],
        ],
      ],
      [
        'mul',
        -2,
        [
          [0, 'g * b', -4, true],
          [0, 'g * a', -4, true],
        ],
      ],
    ]);
    expect(account.gradients).toEqual([
      { path: '', gradient: { signature: { shape: [], dtype: 'float32' }, norm: 12, values: -12 } },
    ]);
    expect(textOf(account)).toMatch(/^gradient = -12$/m);
  });

  it('tells the walk node by node', () => {
    expect(textOf(explainBackward(loss, layer))).toMatchInlineSnapshot(`
      "%0 = constant               float64[1,2] = [[1, 2]]
      %1 = argument weight        float64[2,2] = [[1, 2], [3, -4]]
      %2 = argument bias          float64[2] = [0.5, -1]
      %3 = matmul %0 %1           float64[1,2] = [[7, -6]]          test/inspect/backward.test.ts
      %4 = broadcastTo %2         float64[1,2] = [[0.5, -1]]        test/inspect/backward.test.ts
      %5 = add %3 %4              float64[1,2] = [[7.5, -7]]        test/inspect/backward.test.ts
      %6 = 0                      float64[1,2] = [[0, 0]]           relu at test/inspect/backward.test.ts
      %7 = maximum %5 %6          float64[1,2] = [[7.5, 0]]         no gradient, relu at test/inspect/backward.test.ts
      %8 = 0                      float64[1,2] = [[0, 0]]           relu at test/inspect/backward.test.ts
      %9 = where %7 %5 %8         float64[1,2] = [[7.5, 0]]         relu at test/inspect/backward.test.ts
      %10 = sum %9 {axes: [0,1]}  float64[] = 7.5                   test/inspect/backward.test.ts
      return %10

      Backward from the result. g is the cotangent of the node, y its value, x its input, or a, b, ... its inputs:
      %10 sum: g = 1
        to %9 (x): g repeated along axes 0, 1 = [[1, 1]]
      %9 where: g = [[1, 1]]
        to %5 (b): g where a != 0, else 0 = [[1, 0]]
      %5 add: g = [[1, 0]]
        to %3 (a): g = [[1, 0]]
        to %4 (b): g = [[1, 0]]
      %4 broadcastTo: g = [[1, 0]]
        to %2 (x): g summed over axis 0 = [1, 0]
      %3 matmul: g = [[1, 0]]
        to %1 (b): a^T matmul g = [[1, 0], [2, 0]]
      gradient of weight = [[1, 0], [2, 0]]
      gradient of bias = [1, 0]"
    `);
  });

  it('prints what docs/autograd.md shows', () => {
    const page = readFileSync(join(root, 'docs/autograd.md'), 'utf8');
    const shown = (/^ {4}%0 = argument w[^]*?^ {4}gradient of w = .*$/m.exec(page)?.[0] ?? '')
      .replaceAll(/^ {4}/gm, '')
      .replaceAll(/example\.ts:\d+:\d+/g, 'backward.test.ts');
    const f = ({ w }: { readonly w: Tensor }): Tensor => w.mul(w).sin().sum();
    const printed = textOf(explainBackward(f, { w: tensor([1, 2]) }));
    expect(shown).toBe(printed.replaceAll('test/inspect/backward', 'backward'));
  });

  it('is about the gradient that grad computes', () => {
    const account = explainBackward(loss, layer);
    const gradient = grad(loss)(layer);
    expect(account.gradients.map(({ path, gradient: g }) => [path, g?.values])).toEqual([
      ['weight', gradient.weight.toArray()],
      ['bias', gradient.bias.toArray()],
    ]);
  });

  it('shows the norm of what is not small', () => {
    const large = normal(new Generator(0), [10], { dtype: 'float64' });
    const account = explainBackward((t: Tensor) => sum(mul(t, t)), large);
    const norm = Math.hypot(...large.toTypedArray());
    expect(account.gradients[0].gradient).toMatchObject({ values: null });
    expect(account.gradients[0].gradient?.norm).toBeCloseTo(2 * norm, 12);
    expect(textOf(account)).toContain(`argument x          float64[10], norm ${norm.toPrecision(6)}`);
    expect(textOf(account)).toContain(`added to %0 (b): g * a: norm ${norm.toPrecision(6)}`);
    expect(textOf(account)).toContain(`gradient: norm ${(2 * norm).toPrecision(6)}`);
    const nine = explainBackward((t: Tensor) => sum(t), double([1, 2, 3, 4, 5, 6, 7, 8, 9]));
    expect(nine.gradients[0].gradient?.values).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('explains a function that takes a gradient itself', () => {
    // x^2 (2x): 6 x^2.
    const f = (t: Tensor): Tensor => mul(mul(t, t), grad((u: Tensor) => mul(u, u))(t));
    const account = explainBackward(f, tensor(3));
    expect(account.gradients[0].gradient?.values).toBe(54);
    expect(account.graph.nodes.map(({ label }) => label)).not.toContain('leaf');
  });

  it('pulls the results of one operation back together', () => {
    const f = (t: Tensor): Tensor => {
      const [sine, cosine] = dispatchMulti(turn, [t], null);
      return sum(mul(sine, cosine));
    };
    const account = explainBackward(f, double([0]));
    const stage = account.stages.at(-1)!;
    expect([stage.operation, stage.cotangent.values]).toEqual(['turn', [1]]);
    expect(stage.siblings.map(({ node, cotangent }) => [node, cotangent.values])).toEqual([[2, [0]]]);
    expect(textOf(account)).toMatch(
      /^%1 turn: g = \[1\]; g of %2 = \[0\]\n {2}to %0 \(x\): by mul, mul, neg, add = \[1\]$/m,
    );
    const named = { ...turn, inWords: () => 'turned by a right angle' };
    const text = textOf(explainBackward((t: Tensor) => sum(dispatchMulti(named, [t], null)[0]), double([0])));
    expect(text).toContain('to %0 (x): turned by a right angle = [1]');
  });

  it('shows a region that is run again as one operation', () => {
    const account = explainBackward(
      ({ weight, bias }: typeof layer) =>
        remat((w: Tensor, b: Tensor) => loss({ weight: w, bias: b }))(weight, bias),
      layer,
    );
    const [, { contributions }] = account.stages;
    const gradient = grad(loss)(layer);
    expect(contributions.map(({ rule, cotangent }) => [rule, cotangent.values])).toEqual([
      ['the function run again, and its VJP', gradient.weight.toArray()],
      ['the function run again, and its VJP', gradient.bias.toArray()],
    ]);
  });

  it('says which arguments were not reached, and insists on a scalar with numbers', () => {
    const account = explainBackward(({ bias }: typeof layer) => sum(bias), layer);
    expect(account.gradients[0]).toEqual({ path: 'weight', gradient: null });
    expect(textOf(account)).toMatch(/^gradient of weight: not reached$/m);
    expect(() => explainBackward((t: Tensor) => t, x)).toThrow(/a gradient needs one float number/);
    const noFunction: unknown = 3;
    expect(() => explainBackward(noFunction as typeof loss, layer)).toThrow(
      /^explainBackward: takes the function/,
    );
    expect(() => trace((t: Tensor) => explainBackward(sum, t), x)).toThrow(
      /^explainBackward: the tensor of shape \[\] is being traced/,
    );
  });
});
