import {
  Generator,
  cast,
  compile,
  fromTypedArray,
  matmul,
  transpose,
  type Tensor,
} from '../../engine/index.js';
import { sumOf } from '../problems.js';
import { type Contestant, type Timing, local } from '../race.js';
import type { Row } from '../rows.js';
import type { Ceilings } from '../ceiling.js';
import { type Environment, raceAgainst, rateRows } from '../environment.js';
import { type Peer, encode } from '../peer.js';

type Shape = readonly [n: number, k: number, m: number];

const shapes: readonly Shape[] = [
  [128, 40, 100],
  [128, 256, 256],
  [512, 512, 512],
];

/** Products `[n, k] x [k, m]` of which the first or the second factor may be a transposed view. */
export async function gemm({ ceilings, peers }: Environment): Promise<Row[]> {
  const rows: Row[] = [];
  for (const shape of shapes)
    for (const form of ['NN', 'TN', 'NT'])
      rows.push(...(await productRows(peers, 'gemm', shape, form, ceilings)));
  return rows;
}

/** One product in numbers of one kind, against its ceiling. */
export async function productRows(
  peers: readonly Peer[],
  group: string,
  [n, k, m]: Shape,
  form: string,
  ceilings: Ceilings,
  dtype: keyof Ceilings = 'float32',
): Promise<Row[]> {
  const random = new Generator(1);
  const draw = (rows: number, columns: number, isTransposed: boolean): Tensor => {
    const shape = isTransposed ? [columns, rows] : [rows, columns];
    return cast(fromTypedArray(random.normal(rows * columns), shape), dtype);
  };
  const [isFirst, isSecond] = [form.startsWith('T'), form.endsWith('T')];
  const [a, b] = [draw(n, k, isFirst), draw(k, m, isSecond)];
  const product = compile(
    (x: Tensor, y: Tensor) => matmul(isFirst ? transpose(x) : x, isSecond ? transpose(y) : y),
    { backend: 'wasm' },
  );
  const y = product(a, b);
  const ours = local('metagrad', product.plans[0].bound.execute);
  const given = { form, a: encode(a), b: encode(b) };
  const expected = [sumOf(y), sumOf(y.slice({ end: 1 }))];
  const question = { name: 'gemm', given, expected, tolerance: 1e-2 };
  const raced = await raceAgainst(peers, ours, question, ceilings[dtype]);
  return rateRows(group, `${n}x${k}x${m} ${form}`, raced, 2 * n * k * m, ceilings[dtype]);
}

/** The product 128x256x256, to be timed beside what is made of products: its rate is what they could reach. */
export function standardProduct(): Contestant {
  const [n, k, m] = [128, 256, 256];
  const product = compile((a: Tensor, b: Tensor) => matmul(a, b));
  const random = new Generator(1);
  product(fromTypedArray(random.normal(n * k), [n, k]), fromTypedArray(random.normal(k * m), [k, m]));
  return local('product', product.plans[0].bound.execute);
}

/** The fraction of a computation's time that `flops` floating-point operations take at the rate of the standard product. */
export const shareOfProducts = (flops: number, { minimum }: Timing): ((seconds: number) => number) => {
  const rate = (2 * 128 * 256 * 256) / minimum;
  return (seconds) => flops / rate / seconds;
};
