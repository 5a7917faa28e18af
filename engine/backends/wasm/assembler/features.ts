import { moduleBuilder } from './module.js';
import { host } from './host.js';

/** What the host's WebAssembly can do beyond the SIMD of 2021. */
export interface Features {
  /** Relaxed SIMD: one fused multiply-add instead of a multiplication and an addition, and cheaper selections. */
  readonly relaxed: boolean;
}

let detected: Features | undefined;

/**
 * Whether relaxed SIMD validates. Node 20 has it behind a flag that may still be set while the program runs; browsers
 * and later versions of Node are only asked.
 */
export function detectFeatures(): Features {
  detected ??= { relaxed: validates() || (allowRelaxedSimd() && validates()) };
  return detected;
}

function validates(): boolean {
  const module = moduleBuilder();
  module.function({ params: ['v128'], results: ['v128'] }, (f, x) => {
    f.op('f32x4.relaxed_madd', f.get(x), f.get(x), f.get(x));
  });
  return host.validate(module.finish(0));
}

/** Sets V8's flag where there is a V8 to set it in. */
function allowRelaxedSimd(): boolean {
  // Browsers have no `process`, and Node before 20.16 has no `getBuiltinModule`.
  const { process } = globalThis as { readonly process?: Partial<NodeJS.Process> };
  const v8 = process?.getBuiltinModule?.('node:v8');
  v8?.setFlagsFromString('--experimental-wasm-relaxed-simd');
  return v8 !== undefined;
}
