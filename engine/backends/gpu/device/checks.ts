/** Checks of what a device does not report: non-finite values, indices out of range, calls that did not run. */
import type { DType } from '../../../ir/kernel.js';
import { indexOutOfRange } from '../../errors.js';
import { describeMemory, memoryOf } from '../lower/memory.js';
import type { DeviceProgram, IndexCheck } from '../lower/program.js';
import { largestIndex, largestNumber } from '../lower/writer.js';

/**
 * Devices may treat NaN as any number and infinity as the largest one, so neither is passed in or out. Integers are float32
 * on the device, where they are exact below 2^24.
 *
 * @throws RangeError naming the first number that is not allowed.
 */
export function requireFinite(numbers: Float32Array | Int32Array, what: string, dtype?: DType): void {
  const isWhole = numbers instanceof Int32Array || dtype === 'int32';
  const limit = isWhole ? largestIndex : largestNumber;
  const at = numbers.findIndex((x) => !(Math.abs(x) < limit));
  if (at < 0) return;
  throw new RangeError(
    isWhole
      ? `gpu: ${what} has the int32 ${numbers[at]} (number ${at} of ${numbers.length}); integers are float32 on the device, ` +
          `exact only below ${limit}. Use the wasm or cpu backend.`
      : `gpu: ${what} has ${describe(numbers[at])} (number ${at} of ${numbers.length}). A GPU may treat NaN as any number, so ` +
          'non-finite values end the call; find where they come from on the wasm or cpu backend.',
  );
}

const describe = (x: number): string =>
  Math.abs(x) === largestNumber ? `${x} (which stands for infinity)` : String(x);

/** @throws IndexError for indices out of range: the device would read the nearest row. */
export function requireIndices(checks: readonly IndexCheck[], extremes: readonly Float32Array[]): void {
  checks.forEach(({ access, count, size }, i) => {
    const [largest, lowest] = [extremes[2 * i][0], -extremes[2 * i + 1][0]];
    for (const index of [lowest, largest])
      if (!(index >= 0 && index < size)) indexOutOfRange(access, index, `one of ${count}`, size);
  });
}

/**
 * @param errors What the device reported since the call began. A device that has no memory left says so like this, at the
 * first run, in few words, so that the error adds the program's memory.
 * @throws Error if there are any: gpu.js goes on as if there were none.
 */
export function requireNoErrors(errors: readonly string[], program: DeviceProgram): void {
  if (errors.length === 0) return;
  // What follows the first are mostly its consequences.
  const [first, ...others] = errors;
  throw new Error(
    `gpu: the device reported: ${first.trim()}${others.length === 0 ? '' : ` (and ${others.length} more)`}. The results of this call are lost. ` +
      `The plan keeps ${describeMemory(memoryOf(program))} on the device; if that is too much, use smaller batches or the wasm backend.`,
  );
}

/**
 * @param call The number that the call sent through the device, and which it must send back.
 * @throws Error for a call that did not run: gpu.js would hand out the numbers of the one before.
 */
export function requireRan(call: number, canary: Float32Array): void {
  if (canary[0] !== call)
    throw new Error(
      `gpu: the device did not run call ${call} (its mark came back as ${canary[0]}), and what it returned is stale. Run it again, or use the wasm backend.`,
    );
}
