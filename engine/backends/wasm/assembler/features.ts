import { UsageError } from '../../../core/errors.js';
import { host, whyRefused } from './host.js';
import { moduleBuilder } from './module.js';
import { process, setFlag } from './v8.js';
import { whyNotWide } from './wide.js';

/** What the host's WebAssembly can do beyond the SIMD of 2021. */
export interface Features {
  /** Relaxed SIMD: one fused multiply-add instead of a multiplication and an addition, and cheaper selections. */
  readonly relaxed: boolean;
  /** The width in bits for which kernels are written: 256 where V8 joins pairs of 128-bit vectors. */
  readonly simd: 128 | 256;
}

/** A width for vectors, or the largest that is measured to be of use. */
export type SimdWidth = 128 | 256 | 'auto';

/**
 * The features for kernels of a width; by default that of METAGRAD_SIMD, or else `auto`. 128 asks V8 for nothing.
 * @throws UsageError where 256 bits are required and cannot be had.
 */
export function detectFeatures(width?: SimdWidth): Features {
  const asked = width ?? requestedWidth();
  const asker = width === undefined ? 'METAGRAD_SIMD' : 'simd';
  return { relaxed: hasRelaxed(), simd: asked === 128 ? 128 : widest(asked === 256, asker) };
}

/** The same; none where WebAssembly is forbidden. */
export const featuresFor = (width?: SimdWidth): Features =>
  whyRefused() === '' ? detectFeatures(width) : { relaxed: false, simd: 128 };

function widest(isRequired: boolean, asker: string): 128 | 256 {
  const why = whyNotWide(hasRelaxed(), isRequired);
  // Callers put their own name in the place of the first word.
  if (isRequired && why !== '')
    throw new UsageError(
      `${asker}: vectors of 256 bits, which ${asker} asks for, cannot be had here: ${why}; choose 128 or 'auto'.`,
    );
  return why === '' ? 256 : 128;
}

function requestedWidth(): SimdWidth {
  const { METAGRAD_SIMD: width = 'auto' } = process?.env ?? {};
  if (width === 'auto' || width === '') return 'auto';
  if (width === '128' || width === '256') return width === '128' ? 128 : 256;
  throw new UsageError(
    `METAGRAD_SIMD: the environment variable METAGRAD_SIMD is 128, 256 or auto; got '${width}'.`,
  );
}

let relaxed: boolean | undefined;

/**
 * Whether relaxed SIMD validates. Node 20 has it behind a flag that may still be set while the program runs; browsers
 * and later versions of Node are only asked.
 */
function hasRelaxed(): boolean {
  relaxed ??= validates() || (setFlag('--experimental-wasm-relaxed-simd') && validates());
  return relaxed;
}

function validates(): boolean {
  const module = moduleBuilder();
  module.function({ params: ['v128'], results: ['v128'] }, (f, x) => {
    f.op('f32x4.relaxed_madd', f.get(x), f.get(x), f.get(x));
  });
  return host.validate(module.finish(0));
}
