import { describe, expect, it } from 'vitest';
import { type Tensor, grad, matmul, mul, relu, stopGradient, sum, tensor } from '../../engine/index.js';
import { explainBackward } from '../../engine/inspect/backward.js';
import { graphOf } from '../../engine/inspect/graph.js';
import { graphToDot, graphToText } from '../../engine/inspect/print.js';

const layer = {
  weight: tensor(
    [
      [1, 2],
      [3, -4],
    ],
    { dtype: 'float64' },
  ),
  bias: tensor([0.5, -1], { dtype: 'float64' }),
};
const x = tensor([[1, 2]], { dtype: 'float64' });

const loss = ({ weight, bias }: typeof layer): Tensor => sum(relu(matmul(x, weight).add(bias)));

describe('graphOf', () => {
  it('shows every operation, what it reads, and where gradients do not flow', () => {
    expect(graphToText(graphOf(loss, layer))).toMatchInlineSnapshot(`
      "%0 = constant               float64[1,2]
      %1 = argument weight        float64[2,2]
      %2 = argument bias          float64[2]
      %3 = matmul %0 %1           float64[1,2]
      %4 = broadcastTo %2         float64[1,2]
      %5 = add %3 %4              float64[1,2]
      %6 = 0                      float64[1,2]
      %7 = maximum %5 %6          float64[1,2]  no gradient
      %8 = 0                      float64[1,2]
      %9 = where %7 %5 %8         float64[1,2]
      %10 = sum %9 {axes: [0,1]}  float64[]
      return %10"
    `);
  });

  it('shows a value that is used twice once', () => {
    const square = (t: Tensor) => mul(t, t);
    const graph = graphOf((t: Tensor) => sum(square(square(t))), tensor([2]));
    expect(graph.nodes.map(({ label, inputs }) => [label, inputs])).toEqual([
      ['x', []],
      ['mul', [0, 0]],
      ['mul', [1, 1]],
      ['sum', [2]],
    ]);
  });

  it('shows the second-order graph, and which part of it belongs to which VJP', () => {
    const f = (t: Tensor) => sum(mul(t, t.exp()));
    expect(graphToText(graphOf(grad(f), tensor([1, 2])))).toMatchInlineSnapshot(`
      "%0 = argument x  float32[2]
      %1 = leaf %0     float32[2]
      %2 = exp %1      float32[2]
      %3 = 1           float32[2]  VJP of sum
      %4 = mul %3 %2   float32[2]  VJP of mul
      %5 = mul %3 %1   float32[2]  VJP of mul
      %6 = mul %5 %2   float32[2]  VJP of exp
      %7 = add %4 %6   float32[2]
      return %7"
    `);
  });

  it('shows cuts with their reasons, and what is behind them', () => {
    const f = (t: Tensor) => sum(mul(t, stopGradient(mul(t, 2), 'first-order').add(1)));
    const { nodes } = graphOf(f, tensor([3]));
    const described = nodes.map(({ kind, label, params }) => `${kind} ${label}${params}`);
    expect(described).toEqual([
      'argument x',
      'constant 2',
      'cut mul',
      "cut stopGradient{why: 'first-order'}",
      'constant 1',
      'cut add',
      'operation mul',
      'operation sum{axes: [0]}',
    ]);
  });

  it('names the results of a tree, and lists arguments that are not used', () => {
    const graph = graphOf(({ weight }: typeof layer) => ({ double: weight.mul(2), same: weight }), layer);
    expect(graph.nodes.map(({ label }) => label)).toContain('bias');
    expect(graph.results.map(({ path, id }) => [path, graph.nodes[id].label])).toEqual([
      ['double', 'mul'],
      ['same', 'weight'],
    ]);
    expect(graphToText(graph)).toMatch(/^return double: %3, same: %0$/m);
  });

  it('writes DOT with one node and its edges for each value', () => {
    const dot = graphToDot(graphOf(loss, layer));
    expect(dot).toMatchInlineSnapshot(`
      "digraph {
        rankdir=TB; ordering=in;
        node [shape=box, style=filled, fontname="Helvetica", fontsize=11, margin="0.15,0.05"];
        edge [arrowsize=0.6];
        n0 [label="constant\\nfloat64[1,2]", shape=plaintext];
        n1 [label="weight\\nfloat64[2,2]", fillcolor="#cfe3ff", shape=ellipse];
        n2 [label="bias\\nfloat64[2]", fillcolor="#cfe3ff", shape=ellipse];
        n3 [label="matmul\\nfloat64[1,2]", fillcolor="#ffffff"];
        n0 -> n3 [style=dashed];
        n1 -> n3;
        n4 [label="broadcastTo\\nfloat64[1,2]", fillcolor="#ffffff"];
        n2 -> n4;
        n5 [label="add\\nfloat64[1,2]", fillcolor="#ffffff"];
        n3 -> n5;
        n4 -> n5;
        n6 [label="0\\nfloat64[1,2]", shape=plaintext];
        n7 [label="maximum\\nfloat64[1,2]", fillcolor="#eeeeee"];
        n5 -> n7 [style=dashed];
        n6 -> n7 [style=dashed];
        n8 [label="0\\nfloat64[1,2]", shape=plaintext];
        n9 [label="where\\nfloat64[1,2]", fillcolor="#ffffff"];
        n7 -> n9 [style=dashed];
        n5 -> n9;
        n8 -> n9 [style=dashed];
        n10 [label="sum {axes: [0,1]}\\nfloat64[]", fillcolor="#ffffff", peripheries=2];
        n9 -> n10;
      }"
    `);
    const quoted = graphToDot(graphOf((t: Tensor) => t.add(stopGradient(t, 'the "why"')), tensor(1)));
    expect(quoted).toContain(String.raw`why: 'the \"why\"'`);
  });

  it('leaves no scope open and no watch behind', () => {
    const broken = () => {
      throw new Error('broken');
    };
    expect(() => graphOf(broken, x)).toThrow('broken');
    expect(x.add(1).scopes).toBe(0);
    expect(grad((t: Tensor) => sum(t))(x).toArray()).toEqual([[1, 1]]);
  });
});

describe('explainBackward', () => {
  it('tells the walk node by node, with the shapes and sizes of the cotangents', () => {
    expect(String(explainBackward(loss, layer))).toMatchInlineSnapshot(`
      "%0 = constant               float64[1,2]
      %1 = argument weight        float64[2,2]
      %2 = argument bias          float64[2]
      %3 = matmul %0 %1           float64[1,2]
      %4 = broadcastTo %2         float64[1,2]
      %5 = add %3 %4              float64[1,2]
      %6 = 0                      float64[1,2]
      %7 = maximum %5 %6          float64[1,2]  no gradient
      %8 = 0                      float64[1,2]
      %9 = where %7 %5 %8         float64[1,2]
      %10 = sum %9 {axes: [0,1]}  float64[]
      return %10

      %10 sum: its cotangent is float64[], norm 1
        goes to %9 (input 0) by reshape, broadcastTo: float64[1,2], norm 1.41421
      %9 where: its cotangent is float64[1,2], norm 1.41421
        goes to %5 (input 1) by constant, broadcastTo, where: float64[1,2], norm 1
      %5 add: its cotangent is float64[1,2], norm 1
        goes to %3 (input 0) unchanged: float64[1,2], norm 1
        goes to %4 (input 1) unchanged: float64[1,2], norm 1
      %4 broadcastTo: its cotangent is float64[1,2], norm 1
        goes to %2 (input 0) by sum: float64[2], norm 1
      %3 matmul: its cotangent is float64[1,2], norm 1
        goes to %1 (input 1) by permute, matmul: float64[2,2], norm 2.23607
      the gradient of weight is float64[2,2], norm 2.23607
      the gradient of bias is float64[2], norm 1"
    `);
  });

  it('is about the gradient that grad computes', () => {
    const account = explainBackward(loss, layer);
    const gradient = grad(loss)(layer);
    const norm = (t: Tensor) => Math.hypot(...t.toTypedArray());
    expect(account.gradients.map(({ path, gradient: g }) => [path, g?.norm])).toEqual([
      ['weight', norm(gradient.weight)],
      ['bias', norm(gradient.bias)],
    ]);
  });

  it('says which contributions were added to others', () => {
    // x * x + x: three ways from the result back to x.
    const { stages } = explainBackward((t: Tensor) => mul(t, t).add(t), tensor(3));
    expect(stages.map(({ operation, cotangent }) => [operation, cotangent.norm])).toEqual([
      ['add', 1],
      ['mul', 1],
    ]);
    const toArgument = stages.flatMap(({ contributions }) => contributions).filter(({ to }) => to === 0);
    expect(toArgument.map(({ added, cotangent }) => [added, cotangent.norm])).toEqual([
      [false, 1],
      [true, 3],
      [true, 3],
    ]);
  });

  it('says which arguments were not reached, and insists on a scalar', () => {
    const account = explainBackward(({ bias }: typeof layer) => sum(bias), layer);
    expect(account.gradients[0]).toEqual({ path: 'weight', gradient: null });
    expect(String(account)).toMatch(/the gradient of weight is not reached/);
    expect(() => explainBackward((t: Tensor) => t, x)).toThrow(/a gradient needs one float number/);
  });
});
