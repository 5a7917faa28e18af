import { moduleBuilder } from '../engine/backends/wasm/assembler/module.js';
import { type Features, detectFeatures } from '../engine/backends/wasm/assembler/features.js';
import { host } from '../engine/backends/wasm/assembler/host.js';
import { type Float, float32, float64, vectors } from '../engine/backends/wasm/emit/vector.js';
import { local, race } from './race.js';

const accumulators = 12;
const iterations = 20_000;

/** The floating-point operations per second that WebAssembly can reach on one core. */
export interface Ceiling {
  readonly float32: number;
  readonly float64: number;
}

/** The ceilings of vectors of 128 bits, and of the width for which kernels are written: the same where that is 128. */
export interface Ceilings extends Ceiling {
  readonly narrow: Ceiling;
}

export async function measureCeilings(): Promise<Ceilings> {
  const features = detectFeatures();
  const narrow = await ceilingOf({ ...features, simd: 128 });
  if (features.simd === 128) return { ...narrow, narrow };
  return { ...(await ceilingOf(features)), narrow };
}

async function ceilingOf(features: Features): Promise<Ceiling> {
  return { float32: await rateOf(float32, features), float64: await rateOf(float64, features) };
}

/**
 * A loop of fused multiply-adds (of a multiplication and an addition each, where relaxed SIMD is missing) that touches
 * registers only. For 256 bits every accumulator is a pair of vectors that differ in where they are stored, so that V8
 * joins them.
 */
async function rateOf(float: Float, features: Features): Promise<number> {
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
  const { minimum } = (await race([local('loop', () => exports.run())])).get('loop')!;
  return (2 * float.lanes * halves.length * accumulators * iterations) / minimum;
}
