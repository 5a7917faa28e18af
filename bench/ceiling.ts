import { moduleBuilder } from '../engine/backends/wasm/assembler/module.js';
import { detectFeatures } from '../engine/backends/wasm/assembler/features.js';
import { host } from '../engine/backends/wasm/assembler/host.js';
import { local, race } from './race.js';

const accumulators = 12;
const iterations = 20_000;

/**
 * The floating-point operations per second that WebAssembly can reach on one core: a loop of fused multiply-adds (of a
 * multiplication and an addition each, where relaxed SIMD is missing) that touches registers only.
 */
export async function measureCeiling(): Promise<number> {
  const { relaxed } = detectFeatures();
  const module = moduleBuilder();
  const run = module.function({ params: [], results: [] }, (f) => {
    const sums = Array.from({ length: accumulators }, () => f.let('v128', f.f32x4(1)));
    const [a, b] = [f.let('v128', f.f32x4(0.999)), f.let('v128', f.f32x4(0.001))];
    const count = f.let('i32', f.i32(iterations));
    f.loop((again) => {
      for (const sum of sums)
        f.set(
          sum,
          relaxed
            ? f.op('f32x4.relaxed_madd', f.get(sum), f.get(a), f.get(b))
            : f.op('f32x4.add', f.op('f32x4.mul', f.get(sum), f.get(a)), f.get(b)),
        );
      f.branchIf(again, f.tee(count, f.op('i32.sub', f.get(count), f.i32(1))));
    });
    const total = sums
      .slice(1)
      .reduce((sum, next) => (f.set(sum, f.op('f32x4.add', f.get(sum), f.get(next))), sum), sums[0]);
    // Stored, so that no compiler finds the loop useless.
    f.store('v128.store', f.i32(0), f.get(total));
  });
  module.exportFunction('run', run);
  const memory = new host.Memory({ initial: 1 });
  const { exports } = new host.Instance(new host.Module(module.finish(1)), { host: { memory } });
  const { minimum } = (await race([local('loop', () => exports.run())])).get('loop')!;
  return (2 * 4 * accumulators * iterations) / minimum;
}
