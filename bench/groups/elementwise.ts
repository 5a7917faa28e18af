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
} from '../../engine/index.js';
import { type Environment, raceAgainst, timeRows } from '../environment.js';
import { sumOf } from '../problems.js';
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

/** Elementwise functions of 10 thousand and a million numbers. */
export async function elementwise({ peers }: Environment): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, f] of Object.entries(functions))
    for (const n of [1e4, 1e6]) {
      const random = new Generator(1);
      const low = name === 'log' ? 0.1 : -2;
      const inputs = Array.from({ length: f.length || 3 }, () =>
        fromTypedArray(random.uniform(n, { low, high: 2 })),
      );
      const compiled = compile(f);
      const y = compiled(...inputs);
      const ours = local('metagrad', compiled.plans[0].bound.execute);
      const given = { function: name, inputs: inputs.map(encode) };
      const question = { name: 'elementwise', given, expected: [sumOf(y)], tolerance: 1e-2 };
      rows.push(...timeRows('elementwise', `${name}, ${n}`, await raceAgainst(peers, ours, question)));
    }
  return rows;
}
