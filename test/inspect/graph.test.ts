import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  grad,
  graphOf,
  graphToDot,
  graphToText,
  matmul,
  mul,
  relu,
  stopGradient,
  sum,
  tensor,
} from '../../engine/index.js';
import { dispatchMulti } from '../../engine/core/siblings.js';
import { turn } from './turn.js';

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

/** Lines and columns of this file are no part of what is tested here; locations.test.ts is about them. */
const text = (graph: Parameters<typeof graphToText>[0]): string =>
  graphToText(graph).replaceAll(/graph\.test\.ts:\d+:\d+/g, 'graph.test.ts');
const dotOf = (graph: Parameters<typeof graphToDot>[0]): string =>
  graphToDot(graph).replaceAll(/graph\.test\.ts:\d+:\d+/g, 'graph.test.ts');

const loss = ({ weight, bias }: typeof layer): Tensor => sum(relu(matmul(x, weight).add(bias)));

describe('graphOf', () => {
  it('shows every operation, what it reads, and where gradients do not flow', () => {
    expect(text(graphOf(loss, layer))).toMatchInlineSnapshot(`
      "%0 = constant               float64[1,2] = [[1, 2]]
      %1 = argument weight        float64[2,2] = [[1, 2], [3, -4]]
      %2 = argument bias          float64[2] = [0.5, -1]
      %3 = matmul %0 %1           float64[1,2] = [[7, -6]]          test/inspect/graph.test.ts
      %4 = broadcastTo %2         float64[1,2] = [[0.5, -1]]        test/inspect/graph.test.ts
      %5 = add %3 %4              float64[1,2] = [[7.5, -7]]        test/inspect/graph.test.ts
      %6 = 0                      float64[1,2] = [[0, 0]]           relu at test/inspect/graph.test.ts
      %7 = maximum %5 %6          float64[1,2] = [[7.5, 0]]         no gradient, relu at test/inspect/graph.test.ts
      %8 = 0                      float64[1,2] = [[0, 0]]           relu at test/inspect/graph.test.ts
      %9 = where %7 %5 %8         float64[1,2] = [[7.5, 0]]         relu at test/inspect/graph.test.ts
      %10 = sum %9 {axes: [0,1]}  float64[] = 7.5                   test/inspect/graph.test.ts
      return %10

      argument w   an argument of the function
      mul %0 %1    an operation that the gradient flows through
      no gradient  an operation on arguments that no gradient flows through
      2, constant  a constant, which depends on no argument
      file:1:2     where your program computed it, behind the function that it called there"
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
    expect(text(graphOf(grad(f), tensor([1, 2])))).toMatchInlineSnapshot(`
      "%0 = argument x  float32[2] = [1, 2]
      %1 = exp %0      float32[2] = [2.71828, 7.38906]  test/inspect/graph.test.ts
      %2 = 1           float32[2] = [1, 1]              VJP of sum, test/inspect/graph.test.ts
      %3 = mul %2 %1   float32[2] = [2.71828, 7.38906]  VJP of mul, test/inspect/graph.test.ts
      %4 = mul %2 %0   float32[2] = [1, 2]              VJP of mul, test/inspect/graph.test.ts
      %5 = mul %4 %1   float32[2] = [2.71828, 14.7781]  VJP of exp, test/inspect/graph.test.ts
      %6 = add %3 %5   float32[2] = [5.43656, 22.1672]
      return %6

      argument w   an argument of the function
      mul %0 %1    an operation that the gradient flows through
      VJP of mul   a part of a gradient inside of the function
      2, constant  a constant, which depends on no argument
      file:1:2     where your program computed it, behind the function that it called there"
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
    const dot = dotOf(graphOf(loss, layer));
    expect(dot).toMatchInlineSnapshot(`
      "digraph {
        rankdir=TB; ordering=in; bgcolor="#fefefe"; fontname="Helvetica"; fontsize=13; fontcolor="#1a1a1a";
        node [shape=box, style=filled, fontname="Helvetica", fontsize=13, margin="0.15,0.05", color="#1a1a1a", fontcolor="#1a1a1a"];
        edge [arrowsize=0.6, labeldistance=1.8, fontname="Helvetica", fontsize=11, color="#1a1a1a", fontcolor="#1a1a1a"];
        subgraph cluster_group0 {
          label="relu"; labeljust=l; style=rounded; color="#8a8a8a";
          n6 [label="0\\nfloat64[1,2]", shape=plaintext, fillcolor="none", tooltip="relu at test/inspect/graph.test.ts"];
          n7 [label="maximum\\nfloat64[1,2]", fillcolor="#e6e6e6", tooltip="relu at test/inspect/graph.test.ts"];
          n8 [label="0\\nfloat64[1,2]", shape=plaintext, fillcolor="none", tooltip="relu at test/inspect/graph.test.ts"];
          n9 [label="where\\nfloat64[1,2]", fillcolor="#ffffff", tooltip="relu at test/inspect/graph.test.ts"];
        }
        n0 [label="constant\\nfloat64[1,2]", shape=plaintext, fillcolor="none", tooltip="constant"];
        n1 [label="weight\\nfloat64[2,2]", shape=ellipse, fillcolor="#cfe3ff", tooltip="weight"];
        n2 [label="bias\\nfloat64[2]\\n[0.5, -1]", shape=ellipse, fillcolor="#cfe3ff", tooltip="bias"];
        n3 [label="matmul\\nfloat64[1,2]", fillcolor="#ffffff", tooltip="test/inspect/graph.test.ts"];
        n4 [label="broadcastTo\\nfloat64[1,2]", fillcolor="#ffffff", tooltip="test/inspect/graph.test.ts"];
        n5 [label="add\\nfloat64[1,2]", fillcolor="#ffffff", tooltip="test/inspect/graph.test.ts"];
        n10 [label="sum {axes: [0,1]}\\nfloat64[]\\n7.5", fillcolor="#ffffff", peripheries=2, tooltip="test/inspect/graph.test.ts"];
        n0 -> n3 [style=dashed];
        n1 -> n3;
        n2 -> n4;
        n3 -> n5;
        n4 -> n5;
        n5 -> n7 [style=dashed];
        n6 -> n7 [style=dashed];
        n7 -> n9 [style=dashed];
        n5 -> n9;
        n8 -> n9 [style=dashed];
        n9 -> n10;
        subgraph cluster_legend {
          label="Legend"; labeljust=l; style=rounded; color="#8a8a8a";
          legend0 [label="an argument of the function", shape=ellipse, fillcolor="#cfe3ff"];
          legend1 [label="an operation that the\\ngradient flows through", fillcolor="#ffffff"];
          legend2 [label="an operation on arguments\\nthat no gradient flows\\nthrough", fillcolor="#e6e6e6"];
          legend3 [label="a constant, which depends on\\nno argument", shape=plaintext, fillcolor="none"];
          legend4 [label="a result", fillcolor="#ffffff", peripheries=2];
          legend0 -> legend1 [label=" the gradient flows back"];
          legend1 -> legend2 [style=dashed, label=" no gradient"];
          legend2 -> legend3 [style=invis];
          legend3 -> legend4 [style=invis];
        }
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

  it('shows an operation with several results once, with all of them', () => {
    const f = (t: Tensor): Tensor => {
      const [sine, cosine] = dispatchMulti(turn, [t], null);
      return sum(mul(sine, cosine));
    };
    const graph = graphOf(f, tensor([0, 1]));
    expect(graph.nodes.map(({ label, results }) => [label, results])).toEqual([
      ['x', [0]],
      ['turn', [1, 2, 3]],
      ['turn', [1, 2, 3]],
      ['turn', [1, 2, 3]],
      ['mul', [4]],
      ['sum', [5]],
    ]);
    expect(text(graph)).toMatch(
      /^%1, %2, %3 = turn %0 +float32\[2\] = \[0, 0\.841471\], float32\[2\] = \[1, 0\.540302\], float32\[2\] = \[0, 1\]/m,
    );
    const dot = graphToDot(graph);
    expect(dot.match(/label="turn/g)).toHaveLength(1);
    expect(dot).toMatch(/n1 -> n4 \[taillabel="0"\];\n {2}n1 -> n4 \[taillabel="1"\];/);
  });
});

describe('what is no graph', () => {
  it('is refused by name', () => {
    const wrong = { nodes: [] } as unknown;
    for (const [name, print] of Object.entries({ graphToText, graphToDot }))
      expect(() => print(wrong as Parameters<typeof print>[0])).toThrow(
        new RegExp(`^${name}: takes a graph, as graphOf\\(f, x\\) returns; got`),
      );
  });
});
