import { type Environment, raceAgainst, timeRows } from '../environment.js';
import {
  adamHyper,
  beginning,
  compiledStep,
  encodeBatch,
  encodeTree,
  nameOf,
  problemOf,
  sizes,
} from '../problems.js';
import { local } from '../race.js';
import type { Row } from '../rows.js';
import { shareOfProducts, standardProduct } from './gemm.js';

/**
 * Whole training steps as a program calls them: forward, cross-entropy, backward and Adam, parameters and state in place.
 * The ceiling is the time that the matrix products alone would take at the rate of 128x256x256 in the same race.
 */
export async function step({ peers }: Environment): Promise<Row[]> {
  const rows: Row[] = [];
  for (const size of sizes) {
    const { params, loss, batch, flops } = problemOf(size);
    const compiled = compiledStep(loss);
    let now = beginning(params);
    const losses: number[] = [];
    const once = (): void => {
      const done = compiled(now, adamHyper, batch);
      now = done.now;
      losses.push(done.loss.item());
    };
    for (let k = 0; k < 3; k++) once();
    const ours = local('metagrad', () => {
      now = compiled(now, adamHyper, batch).now;
    });
    const given = { params: encodeTree(params), batch: encodeBatch(batch) };
    const raced = await raceAgainst(
      peers,
      ours,
      { name: 'step', given, expected: losses },
      standardProduct(),
    );
    const share = shareOfProducts(flops, raced.beside!);
    rows.push(...timeRows('step', nameOf(size), raced, { share }));
  }
  return rows;
}
