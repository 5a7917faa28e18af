import { moduleBuilder } from '../engine/backends/wasm/assembler/module.js';
import type { Features } from '../engine/backends/wasm/assembler/features.js';
import { host } from '../engine/backends/wasm/assembler/host.js';
import { type Float, float32, float64, vectors } from '../engine/backends/wasm/emit/vector.js';
import { type Contestant, local, race } from './race.js';

const accumulators = 12;
const iterations = 20_000;

/** A computation that does nothing but `flops` floating-point operations, as fast as WebAssembly can. */
export interface Ceiling extends Contestant {
  readonly flops: number;
}

/** The ceilings of both kinds of numbers at one width of vectors. */
export interface Ceilings {
  readonly float32: Ceiling;
  readonly float64: Ceiling;
}

export const ceilingsOf = (features: Features): Ceilings => ({
  float32: ceilingOf(float32, features),
  float64: ceilingOf(float64, features),
});

/** Floating-point operations per second. */
export async function rateOf(ceiling: Ceiling): Promise<number> {
  return ceiling.flops / (await race([ceiling])).get(ceiling.lib)!.minimum;
}

/**
 * A loop of fused multiply-adds (of a multiplication and an addition each, where relaxed SIMD is missing) that touches
 * registers only. For 256 bits every accumulator is a pair of vectors that differ in where they are stored, so that V8
 * joins them.
 */
function ceilingOf(float: Float, features: Features): Ceiling {
  const module = moduleBuilder();
  const halves = [...Array(features.simd / 128).keys()];
  const run = module.function({ params: [], results: [] }, (f) => {
    const v = vectors(f, features, float);
    const sums = Array.from({ length: accumulators }, () => halves.map(() => v.keep(v.number(1))));
    const [a, b] = [v.keep(v.number(0.999)), v.keep(v.number(0.001))];
    const count = f.let('i32', f.i32(iterations));
    f.loop((again) => {
      for (const sum of sums.flat())
        f.set(
          sum,
          v.madd(f.get(sum), f.get(a), () => f.get(b)),
        );
      f.branchIf(again, f.tee(count, f.op('i32.sub', f.get(count), f.i32(1))));
    });
    const totals = halves.map((half) =>
      v.keep(sums.slice(1).reduce((total, sum) => v.add(total, f.get(sum[half])), f.get(sums[0][half]))),
    );
    // Stored, so that no compiler finds the loop useless.
    for (const half of halves) f.store('v128.store', f.i32(0), f.get(totals[half]), 16 * half);
  });
  module.exportFunction('run', run);
  const memory = new host.Memory({ initial: 1 });
  const { exports } = new host.Instance(new host.Module(module.finish(1)), { host: { memory } });
  const flops = 2 * float.lanes * halves.length * accumulators * iterations;
  return { ...local('ceiling', () => exports.run()), flops };
}
