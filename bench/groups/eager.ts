import { type Tensor, Generator, add, fromTypedArray, matmul, mul, relu, sum } from '../../engine/index.js';
import { type Environment, alone, raceAgainst, timeRows } from '../environment.js';
import {
  adamHyper,
  beginning,
  encodeBatch,
  encodeTree,
  nameOf,
  problemOf,
  sizes,
  sumOf,
  trainingStep,
} from '../problems.js';
import { growthOver } from '../heap.js';
import { local } from '../race.js';
import type { Row } from '../rows.js';
import { encode } from '../peer.js';

const steps = 100_000;

/** What one operation costs outside of plans, a training step made of such operations, and what many leave behind. */
export async function eager({ peers }: Environment): Promise<Row[]> {
  const rows: Row[] = [];
  for (const n of [1, 16, 1000]) {
    const random = new Generator(1);
    const [a, b] = [fromTypedArray(random.normal(n)), fromTypedArray(random.normal(n))];
    const operations: Readonly<Record<string, () => Tensor>> = {
      'a+b': () => add(a, b),
      sum: () => sum(a),
      relu: () => relu(a),
      'a*2': () => mul(a, 2),
    };
    for (const [name, operation] of Object.entries(operations)) {
      const ours = local('metagrad', operation);
      const given = { function: name, inputs: [a, b].map(encode) };
      const question = { name: 'elementwise', given, expected: [sumOf(operation())], tolerance: 1e-2 };
      const isKnown = name === 'a+b' || name === 'sum';
      const raced = isKnown ? await raceAgainst(peers, ours, question) : await alone(ours);
      rows.push(...timeRows('eager', `${name}, ${n}`, raced, { unit: 'ns' }));
    }
  }
  const random = new Generator(1);
  for (const n of [16, 128]) {
    const [a, b] = [0, 1].map(() => fromTypedArray(random.normal(n * n), [n, n]));
    const raced = await alone(local('metagrad', () => matmul(a, b)));
    rows.push(...timeRows('eager', `matmul ${n}x${n}x${n}`, raced));
  }
  for (const size of sizes.filter((_, i) => i === 0 || i === 3)) {
    const { params, loss, batch } = problemOf(size);
    let now = beginning(params);
    const losses: number[] = [];
    const once = (): void => {
      const done = trainingStep(loss, now, adamHyper, batch);
      now = done.now;
      losses.push(done.loss.item());
    };
    for (let k = 0; k < 3; k++) once();
    const given = { params: encodeTree(params), batch: encodeBatch(batch) };
    const question = { name: 'step', given, expected: losses.slice(0, 3) };
    const raced = await raceAgainst(peers, local('metagrad', once), question);
    rows.push(...timeRows('eager', `step ${nameOf(size)}`, raced));
  }
  const { params, loss, batch } = problemOf(sizes[0]);
  let now = beginning(params);
  const growth = growthOver(steps, () => ({ now } = trainingStep(loss, now, adamHyper, batch)));
  const name = `step ${nameOf(sizes[0])}, growth over ${steps} steps`;
  return [...rows, { group: 'eager', name, lib: 'metagrad', value: growth, unit: 'bytes' }];
}
