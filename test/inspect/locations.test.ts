import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  Generator,
  type GraphNode,
  type Tensor,
  compile,
  crossEntropy,
  grad,
  graphOf,
  graphToText,
  group,
  mul,
  relu,
  softmax,
  sum,
  tensor,
} from '../../engine/index.js';
import { mlp } from '../../engine/nn/index.js';
import { adam, unroll } from '../../optimizers/index.js';

const file = fileURLToPath(import.meta.url);
const lines = readFileSync(file, 'utf8').split('\n');

/** The mark behind the line that a node is of; '' for a node without one. */
function markOf({ location }: GraphNode): string {
  if (location === null) return '';
  const [path, line, column] = /^(.*):(\d+):(\d+)$/.exec(location)!.slice(1);
  expect(path).toBe(file);
  expect(Number(column)).toBeGreaterThan(0);
  return / \/\/ (\w+)$/.exec(lines[Number(line) - 1])?.[1] ?? `line ${line}`;
}

const marksOf = (nodes: readonly GraphNode[], label?: string): string[] =>
  nodes.filter((node) => label === undefined || node.label === label).map(markOf);

// prettier-ignore
function f(t: Tensor): Tensor {
  const square = mul(t, t); // square
  const weights = softmax( // softmax
    square.exp(), // exp
    { dim: 0 },
  );
  return sum(weights.mul(square)); // end
}

const at = tensor([0.1, 0.2]);

describe('the line of a node', () => {
  it('is that of the user, also for what a function of the library computes', () => {
    const { nodes } = graphOf(f, at);
    expect(marksOf(nodes)).toEqual([
      ...['', 'square', 'exp'],
      ...nodes.slice(3, -2).map(() => 'softmax'),
      ...['end', 'end'],
    ]);
    expect(nodes.length).toBeGreaterThan(8);
    expect(nodes.filter(({ call }) => call === 'softmax')).toHaveLength(nodes.length - 5);
  });

  it('is the same inside of a compiled function', () => {
    expect(graphOf(compile(f), at)).toEqual(graphOf(f, at));
  });

  it('is in a gradient that of the operation whose VJP it belongs to', () => {
    const { nodes } = graphOf(grad(f), at);
    const vjps = nodes.filter(({ vjpOf }) => vjpOf !== null);
    expect(new Set(marksOf(vjps))).toEqual(new Set(['square', 'exp', 'softmax', 'end']));
    expect(vjps.filter(({ vjpOf }) => vjpOf === 'exp').map(markOf)).toContain('exp');
  });

  it('is never one of the optimizers', () => {
    const loss = (p: Tensor): Tensor => sum(mul(p, p));
    const meta = (lr: Tensor): Tensor => {
      const { params } = unroll(adam(), loss, { params: at, hyper: { lr }, batches: [0] }); // unroll
      return sum(params); // outer
    };
    expect(new Set(marksOf(graphOf(meta, tensor(0.1)).nodes))).toEqual(new Set(['', 'unroll', 'outer']));
  });

  it('is unknown where none of the user ran', () => {
    expect(new Set(marksOf(graphOf(relu, at).nodes))).toEqual(new Set(['']));
  });
});

describe('groups', () => {
  const model = mlp({ sizes: [2, 3, 2] });
  const params = model.init(new Generator(0));
  const x = tensor([[1, 2]]);
  const y = tensor([1], { dtype: 'int32' });

  const namesOf = ({ groups }: ReturnType<typeof graphOf>, node: GraphNode): string[] => {
    const names: string[] = [];
    for (let at = node.group; at !== null; at = groups[at].within) names.unshift(groups[at].name);
    return names;
  };

  it('are the layers of a model and the calls of functions of the library', () => {
    const graph = graphOf((p: typeof params) => crossEntropy(model.apply(p, x), y), params);
    const named = graph.nodes.map((node) => `${namesOf(graph, node).join(' > ')}: ${node.label}`);
    expect(named).toContain('layers.0 > linear: matmul');
    expect(named).toContain('layers.0 > relu: where');
    expect(named).toContain('layers.1 > linear: matmul');
    expect(named).toContain('crossEntropy: gather');
    expect(graph.groups.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      ...['group layers.0', 'call linear', 'call relu', 'group layers.1', 'call linear', 'call crossEntropy'],
    ]);
  });

  it('are the steps of an unrolled training run, gradients included', () => {
    const graph = graphOf((lr: Tensor) => {
      const loss = (p: typeof params): Tensor => crossEntropy(model.apply(p, x), y);
      const result = unroll(adam(), loss, { params, hyper: { lr }, batches: [0, 0] });
      return result.losses[1];
    }, tensor(0.1));
    const named = new Set(graph.nodes.map((node) => namesOf(graph, node).slice(0, 2).join(' > ')));
    expect(named).toContain('step 1');
    expect(named).toContain('step 2 > layers.0');
    expect(named).toContain('step 2 > layers.1');
  });

  it('are named by the user, hold groups, and begin anew at each call', () => {
    const twice = (t: Tensor): Tensor => {
      const square = (u: Tensor): Tensor => group('square', () => mul(u, u));
      return sum(group('both', () => square(square(t))));
    };
    const graph = graphOf(twice, at);
    expect(graph.groups).toEqual([
      { kind: 'group', name: 'both', within: null },
      { kind: 'group', name: 'square', within: 0 },
      { kind: 'group', name: 'square', within: 0 },
    ]);
    expect(graph.nodes.map((node) => node.group)).toEqual([null, 1, 2, null]);
    expect(graphToText(graph).replaceAll(/ +float.*/g, '')).toMatch(
      /^%0 = argument x\nboth:\n {2}square:\n {4}%1 = mul %0 %0\n {2}square:\n {4}%2 = mul %1 %1\n%3 = sum/,
    );
    expect(grad(twice)(tensor([2, 1])).toArray()).toEqual([32, 4]);
  });

  it('are continued where a gradient comes back to them', () => {
    const text = graphToText(
      graphOf(
        grad((t: Tensor) => sum(group('square', () => mul(t, t)))),
        at,
      ),
    );
    expect(text).toMatch(/^square:$/m);
    expect(text.match(/VJP of mul/g)?.length).toBeGreaterThan(1);
    const nested = graphToText(
      graphOf((t: Tensor) => sum(grad((u: Tensor) => sum(group('exp', () => u.exp()).mul(u)))(t)), at),
    );
    expect(nested).toMatch(/^exp, continued:$/m);
  });

  it('refuse what is no name and what is no function, and end when it throws', () => {
    expect(() => group('', () => 1)).toThrow(
      /^group: takes a name, as in group\('encoder', \(\) => \.\.\.\); got ''/,
    );
    expect(() => group(3 as unknown as string, () => 1)).toThrow(/^group: takes a name/);
    expect(() => group('a', 3 as unknown as () => number)).toThrow(
      /^group: takes the function that computes a, got the number 3/,
    );
    expect(() => group('a', () => Promise.resolve(1))).toThrow(/^group: the function returned a promise/);
    const broken = (): void => {
      throw new Error('broken');
    };
    expect(() => {
      group('a', broken);
    }).toThrow('broken');
    expect(graphOf((t: Tensor) => mul(t, t), at).groups).toEqual([]);
  });
});
