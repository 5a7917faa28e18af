/**
 * The program of joined.test.ts, for a process that prints what V8 does: runs all kernels of each family, and before them a
 * function whose number, far beyond those of kernels, says that the family begins.
 */
import { type DType, compile, wasmFeatures } from '../../../engine/index.js';
import { host } from '../../../engine/backends/wasm/assembler/host.js';
import { moduleBuilder } from '../../../engine/backends/wasm/assembler/module.js';
import { argumentsOf, families } from './families.js';

export const firstMark = 1000;

/** Runs function number `firstMark + k` of a module. */
function mark(k: number): void {
  const module = moduleBuilder();
  const signature = { params: [], results: [] } as const;
  for (let i = 0; i < firstMark + k; i++) module.importFunction('none', signature);
  const run = module.function(signature, (f) => {
    for (const offset of [0, 16])
      f.store('v128.store', f.i32(0), f.load('v128.load', f.i32(64), offset), offset);
  });
  module.exportFunction('run', run);
  const memory = new host.Memory({ initial: 1 });
  const { exports } = new host.Instance(new host.Module(module.finish(1)), {
    host: { memory, none: () => undefined },
  });
  exports.run();
}

/** Runs every family, in the order of `families`. What the engine's probe compiles comes before the first mark. */
export function runFamilies(dtype: DType): void {
  wasmFeatures(256);
  Object.values(families).forEach((family, k) => {
    mark(k);
    compile(family.f, { backend: 'wasm', simd: 256 })(...argumentsOf(family, [96, 64], dtype, false));
  });
}
