import { expect, it } from 'vitest';
import {
  type Tensor,
  add,
  cond,
  explainBackward,
  grad,
  graphOf,
  graphToDot,
  graphToText,
  mul,
  scan,
  sin,
  sum,
  tensor,
} from '../../engine/index.js';

const double = (data: number | number[]): Tensor => tensor(data, { dtype: 'float64' });

/** c1 = 2 w + 1, c2 = c1 w + 3; the outs are 2 c0 and 2 c1, and the carries before each step are kept for the gradient. */
const looped = (w: Tensor): Tensor => {
  const step = (c: Tensor, x: Tensor): [Tensor, Tensor] => [add(mul(c, w), x), mul(c, 2)];
  const [last, outs] = scan(step, double(2), double([1, 3]));
  return add(last, sum(outs));
};

it('a loop is one node with its results; its steps are printed below it and counted in drawings', () => {
  const graph = graphOf(looped, double(5));
  const loops = graph.nodes.filter(({ label }) => label === 'scan');
  expect(loops.map(({ numbers }) => numbers?.values)).toEqual([58, [4, 22], [2, 11]]);
  expect(loops[0].results).toEqual(loops.map(({ id }) => id));
  expect(loops[0].location).toMatch(/test\/inspect\/control\.test\.ts:23:\d+$/);
  const text = graphToText(graph);
  expect(text.match(/= scan/g)).toHaveLength(1);
  expect(text).toMatch(/= scan [^\n]*length: 2[^\n]*= 58, float64\[2\] = \[4, 22\][^\n]*\n {4}\| plan\(/);
  expect(text).toMatch(/^ {4}\| {3}%\d+:float64\[\] = mul %\d+ %\d+$/m);
  const dot = graphToDot(graph);
  expect(dot.match(/label="scan/g)).toHaveLength(1);
  expect(dot).toMatch(
    /label="scan[^\n]*\\n\(4 operations inside\)\\n0: float64\[\] = 58\\n1: float64\[2\] = \[4, 22\]\\n2: float64\[2\] = \[2, 11\]"/,
  );
});

it('the backward pass of a loop and of a choice is one step in words', () => {
  // 2 w^2 + w + 3 + 4 + 2 (2 w + 1): the derivative is 4 w + 5.
  const account = explainBackward(looped, double(5));
  const stage = account.stages.at(-1)!;
  expect([stage.operation, stage.cotangent.values, stage.siblings.length]).toEqual(['scan', 1, 1]);
  expect(stage.contributions.map(({ rule, cotangent: { values } }) => [rule, values])).toEqual([
    ['the VJPs of the steps, in reverse order', 25],
  ]);
  const chosen = (x: Tensor): Tensor => cond(x.gt(1), sin, (t: Tensor) => t.mul(2), x);
  expect(String(explainBackward(chosen, double(0.5)))).toMatch(
    /: the VJP of the branch that was taken = 2\ngradient = 2$/,
  );
});

it('a loop of which only the kept carries are differentiated again is no cut', () => {
  const { nodes } = graphOf(grad(looped), double(5));
  const [forward] = nodes.filter(({ label, vjpOf }) => label === 'scan' && vjpOf === null);
  expect([forward.kind, forward.flows.filter((flows) => flows).length]).toEqual(['operation', 1]);
});
