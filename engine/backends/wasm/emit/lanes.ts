import type { Body, Local, Pushed } from '../assembler/encoder.js';
import { plus } from './loops.js';

/** Runs code for the lanes whose mask is set: for rare ones, since testing for any of them costs little. */
export function eachLane(f: Body, mask: Local, body: (lane: number) => void): void {
  f.when(f.op('v128.any_true', f.get(mask)), () => {
    for (let lane = 0; lane < 4; lane++)
      f.when(f.lane('i32x4.extract_lane', lane, f.get(mask)), () => {
        body(lane);
      });
  });
}

/** The two lanes from `lane` on, where instructions that widen to float64 look for them. */
export const pairFrom = (f: Body, vector: Local, lane: 0 | 2): Pushed =>
  lane === 0 ? f.get(vector) : f.shuffle([2, 3, 2, 3], f.get(vector), f.get(vector));

export const replaceLane = (f: Body, lane: number, vector: Local, value: Local): Pushed =>
  f.lane('f32x4.replace_lane', lane, f.get(vector), f.get(value));

/**
 * `lanes` elements of `bytes` bytes from `address + offset` on, `stride` bytes apart, as a vector; the remaining lanes
 * are zeros or repeat others, and memory beyond the elements is not touched.
 *
 * The constant is added to the address, except for whole vectors. V8 would add the offset of other instructions to the
 * memory's base instead, outside of all loops, and run out of registers for the many sums.
 */
export function loadLanes(
  f: Body,
  address: Local,
  offset: number,
  stride: number,
  lanes: number,
  bytes: 4 | 8 = 4,
): Pushed {
  if (stride === bytes && lanes * bytes === 16) return f.load('v128.load', f.get(address), offset);
  const first = plus(f, address, offset);
  const { load, splat, lane: loadLane } = loads[bytes];
  if (stride === 0) return f.load(splat, first);
  const paired = bytes === 4 && stride === 4 && lanes >= 2;
  const vector = f.local('v128');
  f.set(vector, f.load(paired ? 'v128.load64_zero' : load, first));
  for (let lane = paired ? 2 : 1; lane < lanes; lane++) {
    const at = plus(f, address, offset + lane * stride);
    f.set(vector, f.memoryLane(loadLane, lane, at, f.get(vector)));
  }
  return f.get(vector);
}

const loads = {
  4: { load: 'v128.load32_zero', splat: 'v128.load32_splat', lane: 'v128.load32_lane' },
  8: { load: 'v128.load64_zero', splat: 'v128.load64_splat', lane: 'v128.load64_lane' },
} as const;

/** Writes the first `lanes` lanes of `bytes` bytes to `address + offset` on, `stride` bytes apart. */
export function storeLanes(
  f: Body,
  address: Local,
  offset: number,
  stride: number,
  lanes: number,
  vector: Local,
  bytes: 4 | 8 = 4,
): void {
  if (stride === bytes && lanes * bytes === 16) {
    f.store('v128.store', f.get(address), f.get(vector), offset);
    return;
  }
  const paired = bytes === 4 && stride === 4 && lanes >= 2;
  const single = bytes === 4 ? 'v128.store32_lane' : 'v128.store64_lane';
  f.memoryLane(paired ? 'v128.store64_lane' : single, 0, plus(f, address, offset), f.get(vector));
  for (let lane = paired ? 2 : 1; lane < lanes; lane++)
    f.memoryLane(single, lane, plus(f, address, offset + lane * stride), f.get(vector));
}
