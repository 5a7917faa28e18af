import { bytesOf } from '../../ir/array.js';
import { type Event, eventsOf } from '../../ir/control.js';
import { type MemoryPlan, type SerialPlan, isWholeBuffer } from '../../ir/plan.js';
import { mayOverwrite } from './donate.js';

/** The memory of a plan, in bytes. */
export interface MemoryUse extends MemoryPlan {
  /** Arguments, literals and results, which stay from one run to the next. */
  readonly lasting: number;
  /** A lower bound: what stays, and the most that is live besides at one step, inside of loops too. */
  readonly livePeak: number;
}

/** Every buffer starts at a multiple of this, and its last bytes up to the next multiple are not used by others. */
const alignment = 64;

/** A place in memory and the events at which it is in use. */
interface Place {
  readonly bytes: number;
  readonly first: number;
  last: number;
  offset: number;
}

/**
 * Assigns every buffer its place. Arguments, literals and results share theirs with no other; all other buffers reuse memory
 * that is no longer live, the largest placed first. A map may overwrite an operand that it is the last to read.
 */
export function planMemory(plan: SerialPlan): MemoryUse {
  const sizes = plan.buffers.map(({ dtype, size }) => aligned(size * bytesOf(dtype)));
  const lasting = new Set([
    ...plan.inputs,
    ...plan.literals.map(({ buffer }) => buffer),
    ...plan.outputs.map(({ buffer }) => buffer),
  ]);
  const offsets = new Array<number>(plan.buffers.length).fill(0);
  let lastingBytes = 0;
  for (const buffer of lasting) {
    offsets[buffer] = lastingBytes;
    lastingBytes += sizes[buffer];
  }

  const events = eventsOf(plan.steps);
  const lastUses = lastUsesOf(events);
  const places = new Map<number, Place>();
  events.forEach(({ step, inputs, outputs }, i) => {
    const reused = new Set<Place>();
    for (const operand of outputs) {
      const output = operand.buffer;
      if (lasting.has(output) || places.has(output)) continue;
      const last = lastUses.get(output)!;
      const isWhole = isWholeBuffer(operand, plan.buffers);
      const dying = inputs.find(({ buffer }) => {
        const candidate = places.get(buffer);
        return (
          isWhole &&
          candidate !== undefined &&
          !reused.has(candidate) &&
          lastUses.get(buffer) === i &&
          sizes[buffer] === sizes[output] &&
          plan.buffers[buffer].dtype === plan.buffers[output].dtype &&
          mayOverwrite(step, { ...operand, buffer })
        );
      });
      const place = (dying && places.get(dying.buffer)) ?? {
        bytes: sizes[output],
        first: i,
        last,
        offset: 0,
      };
      place.last = last;
      reused.add(place);
      places.set(output, place);
    }
  });
  const distinct = [...new Set(places.values())];
  const bytes = arrange(distinct, lastingBytes);
  for (const [buffer, { offset }] of places) offsets[buffer] = offset;
  return {
    offsets,
    bytes,
    lasting: lastingBytes,
    livePeak: lastingBytes + peakOf(distinct, events.length),
  };
}

const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/** For each buffer the last event that reads it or writes to it. */
function lastUsesOf(events: readonly Event[]): ReadonlyMap<number, number> {
  const last = new Map<number, number>();
  events.forEach(({ inputs, outputs }, i) => {
    for (const { buffer } of inputs) last.set(buffer, i);
    for (const { buffer } of outputs) last.set(buffer, i);
  });
  return last;
}

/** Assigns offsets from `start` on such that no two places overlap that are in use at one time; returns the end of the last one. */
function arrange(places: readonly Place[], start: number): number {
  const placed: Place[] = [];
  let end = start;
  for (const place of [...places].sort((a, b) => b.bytes - a.bytes)) {
    let offset = start;
    // `placed` is sorted by offset, so the first gap that is wide enough is the lowest.
    for (const other of placed) {
      if (other.last < place.first || other.first > place.last) continue;
      if (other.offset >= offset + place.bytes) break;
      offset = Math.max(offset, other.offset + other.bytes);
    }
    place.offset = offset;
    const at = placed.findIndex((other) => other.offset > offset);
    placed.splice(at < 0 ? placed.length : at, 0, place);
    end = Math.max(end, offset + place.bytes);
  }
  return end;
}

function peakOf(places: readonly Place[], events: number): number {
  const change = new Array<number>(events + 1).fill(0);
  for (const { bytes, first, last } of places) {
    change[first] += bytes;
    change[last + 1] -= bytes;
  }
  let live = 0;
  return change.reduce((peak, difference) => Math.max(peak, (live += difference)), 0);
}

/** As in `12.5 KiB of memory, 3.0 KiB of them for arguments, ...`. */
export function formatMemory({ bytes, lasting, livePeak }: MemoryUse): string {
  const kilobytes = (count: number): string => `${(count / 1024).toFixed(1)} KiB`;
  return `${kilobytes(bytes)} of memory, ${kilobytes(lasting)} of them for arguments, literals and results (live peak ${kilobytes(livePeak)})`;
}
