import { type Tensor, abs, compile, grad, leavesOf, mul, vmap } from '../../engine/index.js';
import type { MlpParams } from '../../engine/nn/index.js';
import { type Environment, raceAgainst, timeRows } from '../environment.js';
import { type Size, encodeBatch, encodeTree, nameOf, problemOf, sumOf } from '../problems.js';
import { local } from '../race.js';
import type { Row } from '../rows.js';

const size: Size = { sizes: [40, 100, 10], batch: 128 };

/**
 * The gradient of each example's loss: vmap of grad, compiled, beside as many calls of the compiled gradient of one example, the
 * gradient of the whole batch, which is their mean, and the time it takes to write as many numbers.
 */
export async function perExample({ peers }: Environment): Promise<Row[]> {
  const { params, loss, batch } = problemOf(size);
  const one = (p: MlpParams, x: Tensor, y: Tensor): Tensor =>
    loss(p, { x: x.reshape([1, -1]), y: y.reshape([1]) });
  const [mapped, single] = [compile(vmap(grad(one), { in: [null, 0, 0] })), compile(grad(one))];
  const whole = compile(grad(loss));
  const examples = Array.from({ length: size.batch }, (_, i) => [
    batch.x.slice(rowOf(i)),
    batch.y.slice(rowOf(i)),
  ]);
  const gradients = leavesOf(mapped(params, batch.x, batch.y)).map(({ tensor }) => tensor);
  const expected = gradients.flatMap((g) => [sumOf(abs(g)), sumOf(mul(g, g))]);
  const buffers = gradients.map((g) => new Float32Array(g.size));
  let written = 0;
  const ours = [
    local('metagrad', () => void mapped(params, batch.x, batch.y)),
    local('one by one', () => {
      for (const [x, y] of examples) single(params, x, y);
    }),
    local('whole batch', () => void whole(params, batch)),
    local('writing', () => {
      written++;
      for (const buffer of buffers) buffer.fill(written);
    }),
  ];
  const given = { params: encodeTree(params), batch: encodeBatch(batch) };
  const raced = await raceAgainst(peers, ours, { name: 'per_example', given, expected });
  return timeRows('vmap', `gradients of each example, ${nameOf(size)}`, raced);
}

const rowOf = (i: number) => ({ dim: 0, start: i, end: i + 1 });
