import buffer from 'node:buffer';
import { expect, test, vi } from 'vitest';
import { hostFunctions } from '../../../engine/backends/wasm/assembler/hostFunctions.js';
import { withClearedHalves } from '../../../engine/backends/wasm/assembler/upperHalves.js';

const [narrow, wide] = ([128, 256] as const).map((simd) => ({ relaxed: true, simd }));

test('a run of wide kernels gets its arguments, and halves are cleared behind it, also behind an error', () => {
  const clear = vi.spyOn(buffer, 'isUtf8');
  const run = vi.fn<(a: number, b: number) => void>(() => {
    expect(clear).not.toHaveBeenCalled();
  });
  withClearedHalves(wide, run)(1, 2);
  expect(run.mock.calls).toEqual([[1, 2]]);
  expect(clear).toHaveBeenCalledTimes(1);
  const failing = withClearedHalves(wide, () => {
    throw new RangeError('out of range');
  });
  expect(failing).toThrow(RangeError);
  expect(clear).toHaveBeenCalledTimes(2);
});

test('a run of narrow kernels is called as it is', () => {
  const run = (): void => undefined;
  expect(withClearedHalves(narrow, run)).toBe(run);
});

test('functions of the host are the same for both widths', () => {
  const [a, b] = [hostFunctions(narrow), hostFunctions(wide)];
  expect(Object.keys(b)).toEqual(Object.keys(a));
  for (const x of [-0, 0.5, 1e9, Infinity, NaN]) {
    expect(b.sin(x)).toBe(a.sin(x));
    expect(b.cos64(x)).toBe(a.cos64(x));
    expect(b.pow(x, 3)).toBe(a.pow(x, 3));
  }
});
