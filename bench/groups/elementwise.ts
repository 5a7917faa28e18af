import {
  type Tensor,
  Generator,
  add,
  compile,
  erf,
  exp,
  fromTypedArray,
  log,
  mul,
  sigmoid,
  softplus,
  tanh,
  tensor,
} from '../../engine/index.js';
import { adam, applyRule } from '../../optimizers/index.js';
import { type Environment, raceAgainst, timeRows } from '../environment.js';
import { adamHyper, sumOf } from '../problems.js';
import { local } from '../race.js';
import type { Row } from '../rows.js';
import { encode } from '../peer.js';

const functions: Readonly<Record<string, (...x: readonly Tensor[]) => Tensor>> = {
  'a*b+c': (a, b, c) => add(mul(a, b), c),
  exp: (x) => exp(x),
  log: (x) => log(x),
  tanh: (x) => tanh(x),
  sigmoid: (x) => sigmoid(x),
  softplus: (x) => softplus(x),
  erf: (x) => erf(x),
};

/** Elementwise functions of 10 thousand and a million numbers, and Adam over 2.5 million parameters in place. */
export async function elementwise({ peers }: Environment): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, f] of Object.entries(functions))
    for (const n of name === 'a*b+c' ? [1e4, 1e6] : [1e4]) {
      const random = new Generator(1);
      const low = name === 'log' ? 0.1 : -2;
      const inputs = Array.from({ length: f.length || 3 }, () =>
        fromTypedArray(random.uniform(n, { low, high: 2 })),
      );
      const compiled = compile(f);
      const y = compiled(...inputs);
      const ours = local('metagrad', compiled.plans[0].bound.execute);
      const given = { function: name, inputs: inputs.map((x) => encode(x.toTypedArray(), x.shape)) };
      const question = { name: 'elementwise', given, expected: [sumOf(y)], tolerance: 1e-2 };
      rows.push(...timeRows('elementwise', `${name}, ${n}`, await raceAgainst(peers, ours, question)));
    }
  return [...rows, ...(await adamRows(peers))];
}

async function adamRows(peers: Environment['peers']): Promise<Row[]> {
  const n = 2_500_000;
  const random = new Generator(1);
  const [p, g] = [fromTypedArray(random.normal(n)), fromTypedArray(random.normal(n))];
  const rule = adam();
  const update = compile(
    (
      { params, state, step }: { params: Tensor; state: ReturnType<typeof rule.init>; step: Tensor },
      grads: Tensor,
      hyper: typeof adamHyper,
    ) => {
      const after = applyRule(rule, { params, grads, state, hyper, step });
      return { params: after.params, state: after.state, step: add(step, 1) };
    },
    { donate: [0] },
  );
  const after = update({ params: p, state: rule.init(p), step: tensor(1) }, g, adamHyper);
  const ours = local('metagrad', update.plans[0].bound.execute);
  const given = { p: encode(p.toTypedArray(), p.shape), g: encode(g.toTypedArray(), g.shape) };
  const question = { name: 'adam', given, expected: [sumOf(after.params)], tolerance: 1e-2 };
  return timeRows('elementwise', 'Adam, 2.5 million parameters', await raceAgainst(peers, ours, question));
}
