import { Generator, compile, fromTypedArray, matmul, transpose, type Tensor } from '../../engine/index.js';
import { sumOf } from '../problems.js';
import { type Contestant, type Timing, local } from '../race.js';
import type { Row } from '../rows.js';
import { type Environment, raceAgainst, wrongRows } from '../environment.js';
import { encode } from '../peer.js';

const shapes = [
  [128, 40, 100],
  [128, 256, 256],
  [512, 512, 512],
] as const;

/** Products `[n, k] x [k, m]` of which the first or the second factor may be a transposed view. */
export async function gemm({ ceiling, peers }: Environment): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [n, k, m] of shapes)
    for (const form of ['NN', 'TN', 'NT'] as const) {
      const random = new Generator(1);
      const draw = (rowCount: number, columns: number, turned: boolean): Tensor =>
        fromTypedArray(random.normal(rowCount * columns), turned ? [columns, rowCount] : [rowCount, columns]);
      const [a, b] = [draw(n, k, form.startsWith('T')), draw(k, m, form.endsWith('T'))];
      const product = compile((x: Tensor, y: Tensor) =>
        matmul(form.startsWith('T') ? transpose(x) : x, form.endsWith('T') ? transpose(y) : y),
      );
      const y = product(a, b);
      const ours = local('metagrad', product.plans[0].bound.execute);
      const given = { form, a: encode(a.toTypedArray(), a.shape), b: encode(b.toTypedArray(), b.shape) };
      const expected = [sumOf(y), sumOf(y.slice({ end: 1 }))];
      const raced = await raceAgainst(peers, ours, { name: 'gemm', given, expected, tolerance: 1e-2 });
      const { times, invited } = raced;
      const rate = (lib: string): number => (2 * n * k * m) / times.get(lib)!.minimum;
      for (const lib of times.keys()) {
        const others = [...times.keys()].filter((other) => other !== lib);
        const relativeError = invited.find((peer) => peer.lib === lib)?.relativeError;
        rows.push({
          group: 'gemm',
          name: `${n}x${k}x${m} ${form}`,
          lib,
          value: rate(lib) / 1e9,
          unit: 'GFLOP/s',
          shareOfCeiling: rate(lib) / ceiling,
          ratioTo: Object.fromEntries(others.map((other) => [other, rate(lib) / rate(other)])),
          ...(relativeError !== undefined && { relativeError }),
        });
      }
      rows.push(...wrongRows('gemm', `${n}x${k}x${m} ${form}`, raced));
    }
  return rows;
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
