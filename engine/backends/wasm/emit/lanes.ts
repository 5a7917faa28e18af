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
 * `lanes` elements from `address + offset` on, `stride` bytes apart, as a vector; the remaining lanes
 * are zeros or repeat others, and memory beyond the elements is not touched.
 *
 * The constant is added to the address, except for whole vectors. V8 would add the offset of other instructions to the
 * memory's base instead, outside of all loops, and run out of registers for the many sums.
 */
export function loadLanes(f: Body, address: Local, offset: number, stride: number, lanes: number): Pushed {
  if (stride === 4 && lanes === 4) return f.load('v128.load', f.get(address), offset);
  const first = plus(f, address, offset);
  if (stride === 0) return f.load('v128.load32_splat', first);
  const paired = stride === 4 && lanes >= 2;
  const vector = f.local('v128');
  f.set(vector, f.load(paired ? 'v128.load64_zero' : 'v128.load32_zero', first));
  for (let lane = paired ? 2 : 1; lane < lanes; lane++) {
    const at = plus(f, address, offset + lane * stride);
    f.set(vector, f.memoryLane('v128.load32_lane', lane, at, f.get(vector)));
  }
  return f.get(vector);
}

/** Writes the first `lanes` lanes to `address + offset` on, `stride` bytes apart. */
export function storeLanes(
  f: Body,
  address: Local,
  offset: number,
  stride: number,
  lanes: number,
  vector: Local,
): void {
  if (stride === 4 && lanes === 4) {
    f.store('v128.store', f.get(address), f.get(vector), offset);
    return;
  }
  const paired = stride === 4 && lanes >= 2;
  const first = plus(f, address, offset);
  f.memoryLane(paired ? 'v128.store64_lane' : 'v128.store32_lane', 0, first, f.get(vector));
  for (let lane = paired ? 2 : 1; lane < lanes; lane++)
    f.memoryLane('v128.store32_lane', lane, plus(f, address, offset + lane * stride), f.get(vector));
}
