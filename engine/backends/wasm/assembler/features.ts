import { moduleBuilder } from './module.js';
import { host } from './host.js';

/** What the host's WebAssembly can do beyond the SIMD of 2021. */
export interface Features {
  /** Relaxed SIMD: one fused multiply-add instead of a multiplication and an addition, and cheaper selections. */
  readonly relaxed: boolean;
  /** The width in bits for which kernels are written: 256 where V8 joins pairs of 128-bit vectors. */
  readonly simd: 128 | 256;
}

let detected: Features | undefined;

/**
 * Whether relaxed SIMD validates. Node 20 has it behind a flag that may still be set while the program runs; browsers
 * and later versions of Node are only asked.
 */
export function detectFeatures(): Features {
  detected ??= {
    relaxed: validates() || (setFlag('--experimental-wasm-relaxed-simd') && validates()),
    simd: environment('METAGRAD_SIMD') === '256' && setFlag('--experimental-wasm-revectorize') ? 256 : 128,
  };
  return detected;
}

function validates(): boolean {
  const module = moduleBuilder();
  module.function({ params: ['v128'], results: ['v128'] }, (f, x) => {
    f.op('f32x4.relaxed_madd', f.get(x), f.get(x), f.get(x));
  });
  return host.validate(module.finish(0));
}

// Browsers have no `process`, and Node before 20.16 has no `getBuiltinModule`.
const { process } = globalThis as { readonly process?: Partial<NodeJS.Process> };

const environment = (name: string): string | undefined => process?.env?.[name];

/** Sets V8's flag where there is a V8 to set it in. */
function setFlag(flag: string): boolean {
  const v8 = process?.getBuiltinModule?.('node:v8');
  v8?.setFlagsFromString(flag);
  return v8 !== undefined;
}
