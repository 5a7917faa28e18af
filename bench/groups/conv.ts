import { type Tensor, Generator, compile, conv2d, fromTypedArray, vjp } from '../../engine/index.js';
import { type Environment, raceAgainst, rateRows, torchOf } from '../environment.js';
import { encode } from '../peer.js';
import { sumOf } from '../problems.js';
import { local } from '../race.js';
import type { Row } from '../rows.js';

const batch = 8;
const kernel = 3;

/** Channels read and made, and the side of the image, which padding keeps. */
const layers = [
  [64, 64, 32],
  [16, 16, 32],
  [1, 32, 28],
] as const;

const forward = (x: Tensor, w: Tensor): Tensor => conv2d(x, w, undefined, { padding: 1 });

const functions: Readonly<Record<string, (x: Tensor, w: Tensor, g: Tensor) => Tensor>> = {
  forward,
  'gradient of x': (x, w, g) => vjp((at: Tensor) => forward(at, w))(x).pullback(g),
  'gradient of w': (x, w, g) => vjp((at: Tensor) => forward(x, at))(w).pullback(g),
};

/** Convolutions and their gradients, against the ceiling; products with the zeros of the padding count as the others. */
export async function conv({ ceilings, peers }: Environment): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [inputs, outputs, side] of layers)
    for (const [name, f] of Object.entries(functions)) {
      const random = new Generator(1);
      const draw = (...shape: readonly number[]): Tensor =>
        fromTypedArray(random.normal(shape.reduce((product, size) => product * size, 1)), shape);
      const x = draw(batch, inputs, side, side);
      const w = draw(outputs, inputs, kernel, kernel);
      const g = draw(batch, outputs, side, side);
      const compiled = compile(f);
      const y = compiled(x, w, g);
      const question = {
        name: 'conv',
        given: { function: name, x: encode(x), w: encode(w), g: encode(g) },
        expected: [sumOf(y), sumOf(y.slice({ end: 1 }))],
        tolerance: 1e-2,
      };
      const ours = local('metagrad', compiled.plans[0].bound.execute);
      const flops = 2 * batch * side ** 2 * outputs * inputs * kernel ** 2;
      const raced = await raceAgainst(torchOf(peers), ours, question, ceilings.float32);
      const title = `${inputs}->${outputs} on ${side}x${side}, ${name}`;
      rows.push(...rateRows('conv', title, raced, flops, ceilings.float32));
    }
  return rows;
}
