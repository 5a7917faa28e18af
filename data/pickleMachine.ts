/** The machine that the instructions of a pickle run on: bytes, read from front to back, a stack with marks, and a memo. */
import { FormatError } from '../engine/core/errors.js';

export interface PickleMachine {
  readonly memo: Map<number, unknown>;
  /** @throws FormatError with the place of the present instruction. */
  fail(what: string): never;
  /** The operation and the byte of the present instruction, for errors. */
  where(): string;
  /** Begins the next instruction and returns its code. */
  next(): string;

  uint8(): number;
  uint16(): number;
  uint32(): number;
  uint64(): number;
  int32(): number;
  float64(): number;
  raw(length: number): Uint8Array;
  latin1(length: number): string;
  utf8(length: number): string;
  /** @throws FormatError unless `count` bytes are left. */
  checkRemaining(count: number): number;
  /** Counts decoded bytes. @throws FormatError if there are more than a file can hold that has each of them once. */
  spend(count: number): void;
  /** The text up to the next line feed. */
  line(): string;

  push(value: unknown): void;
  pop(): unknown;
  peek(): unknown;
  popMany(count: number): unknown[];
  mark(): number;
  /** Removes the mark if it is on top. */
  unmark(): boolean;
  popToMark(): unknown[];
}

export function pickleMachine(bytes: Uint8Array): PickleMachine {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const marks: number[] = [];
  const stack: unknown[] = [];
  /** Bytes that may still be decoded. A recalled string takes two bytes of the file, whatever its length. */
  let budget = 4 * bytes.length;
  let at = 0;
  let instructionAt = 0;

  const where = (): string => `unpickle: byte ${instructionAt}`;
  const fail = (what: string): never => {
    throw new FormatError(`${where()}: ${what}.`);
  };
  const checkRemaining = (count: number): number =>
    count <= bytes.length - at
      ? count
      : fail(
          `truncated; the file ends at byte ${bytes.length} but ${count} more bytes are due from byte ${at} on`,
        );
  /** Advances by `count` bytes and returns the position before. */
  const take = (count: number): number => {
    at += checkRemaining(count);
    return at - count;
  };
  const raw = (length: number): Uint8Array => {
    const start = take(length);
    return bytes.subarray(start, start + length);
  };
  const latin1 = (length: number): string => Buffer.from(raw(length)).toString('latin1');
  const pop = (): unknown => {
    // Everything below a mark belongs to a later instruction.
    if (stack.length <= (marks.at(-1) ?? 0)) fail('the instruction finds too little on the stack');
    return stack.pop();
  };
  const popMany = (count: number): unknown[] => Array.from({ length: count }, pop).reverse();

  return {
    memo: new Map(),
    fail,
    where,
    next() {
      instructionAt = at;
      return latin1(1);
    },
    uint8: () => view.getUint8(take(1)),
    uint16: () => view.getUint16(take(2), true),
    uint32: () => view.getUint32(take(4), true),
    uint64: () => Number(view.getBigUint64(take(8), true)),
    int32: () => view.getInt32(take(4), true),
    float64: () => view.getFloat64(take(8), false),
    checkRemaining,
    raw,
    latin1,
    utf8(length) {
      const encoded = raw(length);
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(encoded);
      } catch {
        return fail('a string is not valid UTF-8');
      }
    },
    spend(count) {
      budget -= count;
      if (budget < 0)
        fail(
          `the same bytes are decoded again and again, to more than four times the ${bytes.length} of the file`,
        );
    },
    line() {
      const end = bytes.indexOf(10, at);
      if (end === -1) fail(`truncated; the line that begins at byte ${at} does not end`);
      const text = latin1(end - at);
      take(1);
      return text;
    },
    push(value) {
      stack.push(value);
    },
    pop,
    peek() {
      const value = pop();
      stack.push(value);
      return value;
    },
    popMany,
    mark: () => marks.push(stack.length),
    unmark() {
      if (marks.at(-1) !== stack.length) return false;
      marks.pop();
      return true;
    },
    popToMark() {
      const mark = marks.pop() ?? fail('the instruction finds no mark on the stack');
      return stack.splice(mark);
    },
  };
}
