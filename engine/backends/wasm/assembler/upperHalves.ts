import { process } from './v8.js';

const buffer = process?.getBuiltinModule?.('node:buffer');
const something = Uint8Array.of(0);

/**
 * Clears the upper halves of the 256-bit registers after code that V8 has joined, which leaves numbers there. As long as some
 * are left, Intel's processors run code for 128-bit registers that was not compiled for AVX, as Math.exp and Math.pow are, up
 * to fourteen times slower, anywhere in the process.
 *
 * The instruction that clears them, vzeroupper, is out of reach; the check for UTF-8 of Node is compiled for AVX and ends with
 * it. That takes 0.05 us.
 */
export function clearUpperHalves(): void {
  buffer?.isUtf8(something);
}

/** A function that clears the upper halves after `run`, where kernels are of 256 bits. */
export function withClearedHalves<Args extends readonly unknown[]>(
  { simd }: { readonly simd: 128 | 256 },
  run: (...args: Args) => unknown,
): (...args: Args) => void {
  if (simd === 128) return run;
  return (...args) => {
    try {
      run(...args);
    } finally {
      clearUpperHalves();
    }
  };
}
