/**
 * A small WebAssembly assembler. Instructions are emitted by function calls that nest like expressions:
 *
 *     f.set(sum, f.op('f32x4.add', f.get(sum), f.load('v128.load', f.get(p))));
 *
 * JavaScript evaluates arguments from left to right and before the call, and that is the order of a stack machine.
 * So each call emits its instruction at once, and the `Pushed` it returns only says that a value is now on the stack;
 * it is passed on directly and never kept. What is needed again is kept in a local: `f.let`.
 */
import { type ByteWriter, byteWriter } from './bytes.js';
import {
  type LaneOpcode,
  type MemoryLaneOpcode,
  type MemoryOpcode,
  type Opcode,
  laneOpcodes,
  memoryLaneOpcodes,
  memoryOpcodes,
  opcodes,
} from './opcodes.js';

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128';

/** The number of a local variable. */
export type Local = number;

/** A branch target, as the number of blocks that enclose it. */
export type Label = number;

/** The number of a function in its module. */
export type FunctionIndex = number;

declare const onStack: unique symbol;
/** Stands for a value on WebAssembly's stack. */
export interface Pushed {
  readonly [onStack]: true;
}
const pushed = {} as Pushed;

/** The instructions of one function. */
export interface Body {
  readonly local: (type: ValueType) => Local;
  readonly get: (local: Local) => Pushed;
  readonly set: (local: Local, value: Pushed) => void;
  readonly tee: (local: Local, value: Pushed) => Pushed;
  /** A new local that holds `value`. */
  readonly let: (type: ValueType, value: Pushed) => Local;
  /**
   * Sets the vectors that are made in `inner` to zero behind it. At the end of a loop's body: V8 takes what locals hold there
   * for what the next iteration may need, and does not join two vectors for which half of the joined one is needed.
   */
  readonly forgetting: (inner: () => void) => void;
  readonly i32: (value: number) => Pushed;
  /** A vector of four equal float32. */
  readonly f32x4: (value: number) => Pushed;
  /** A vector of four int32: four given, or one repeated. */
  readonly i32x4: (...values: readonly number[]) => Pushed;
  /** A vector of two equal float64. */
  readonly f64x2: (value: number) => Pushed;
  readonly op: (name: Opcode, ...operands: readonly Pushed[]) => Pushed;
  readonly load: (name: MemoryOpcode, address: Pushed, offset?: number) => Pushed;
  readonly store: (name: MemoryOpcode, address: Pushed, value: Pushed, offset?: number) => void;
  readonly lane: (name: LaneOpcode, lane: number, ...operands: readonly Pushed[]) => Pushed;
  readonly memoryLane: (name: MemoryLaneOpcode, lane: number, address: Pushed, vector: Pushed) => Pushed;
  /** Lanes of 4 bytes picked from two vectors: 0 to 3 from the first, 4 to 7 from the second. */
  readonly shuffle: (lanes: readonly number[], a: Pushed, b: Pushed) => Pushed;
  /** Sets `bytes` bytes from `address` on to `value`. */
  readonly fill: (address: Pushed, value: Pushed, bytes: Pushed) => void;
  readonly call: (target: FunctionIndex, ...operands: readonly Pushed[]) => Pushed;
  /** A branch to the label of a block leaves it; a branch to the label of a loop starts it again. */
  readonly block: (body: (label: Label) => void) => void;
  readonly loop: (body: (label: Label) => void) => void;
  readonly when: (condition: Pushed, body: () => void, otherwise?: () => void) => void;
  readonly branchIf: (label: Label, condition: Pushed) => void;
}

export const typeCodes: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** The instruction that pushes a constant vector. */
function writeVector(code: ByteWriter, bytes: Uint8Array): void {
  code.byte(0xfd);
  code.byte(0x0c);
  code.bytes(bytes);
}

/** A function with `params` parameters, which are its first locals; `finish` gives its bytes in a module's code section. */
export function functionBody(params: number): {
  readonly body: Body;
  readonly finish: () => Uint8Array;
} {
  const code = byteWriter(512);
  /** Locals are declared by runs of one type. */
  const runs: { readonly type: ValueType; count: number }[] = [];
  let locals = params;
  const vectors: Local[] = [];
  /** Never set, and so zero. */
  let zero: Local | undefined;
  const scratch = new DataView(new ArrayBuffer(16));
  const scratchBytes = new Uint8Array(scratch.buffer);
  let depth = 0;
  /** How many loops enclose the next instruction. */
  let loops = 0;
  /** Constant vectors of loops, made before all of them: V8 makes one where it stands, in three to seven instructions. */
  const constants = new Map<string, { readonly local: Local; readonly bytes: Uint8Array }>();

  function emit(opcode: number): void {
    if (opcode < 0x100) code.byte(opcode);
    else {
      code.byte(opcode >= 0xfd00 ? 0xfd : 0xfc);
      code.unsigned(opcode >= 0x1fd00 ? opcode - 0x1fd00 + 0x100 : opcode & 0xff);
    }
  }
  /** All memory is at least as aligned as its elements of 4 bytes. */
  function place(offset: number): void {
    code.byte(2);
    code.unsigned(offset);
  }
  function newLocal(type: ValueType): Local {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
    return locals++;
  }
  function vector(write: (lane: number) => void, lanes: number): Pushed {
    for (let i = 0; i < lanes; i++) write(i);
    const words = [0, 4, 8, 12].map((at) => scratch.getInt32(at, true));
    // Zeros and ones take one instruction wherever they are.
    if (loops === 0 || words.every((word) => word === 0 || word === -1)) {
      writeVector(code, scratchBytes);
      return pushed;
    }
    const key = words.join();
    let constant = constants.get(key);
    if (constant === undefined)
      constants.set(key, (constant = { local: newLocal('v128'), bytes: scratchBytes.slice() }));
    return body.get(constant.local);
  }
  function enclosed(opcode: number, inner: (label: Label) => void): void {
    code.byte(opcode);
    code.byte(0x40);
    inner(++depth);
    depth--;
    code.byte(0x0b);
  }

  const body: Body = {
    local(type) {
      const local = newLocal(type);
      if (type === 'v128') vectors.push(local);
      return local;
    },
    get(local) {
      code.byte(0x20);
      code.unsigned(local);
      return pushed;
    },
    set(local) {
      code.byte(0x21);
      code.unsigned(local);
    },
    tee(local) {
      code.byte(0x22);
      code.unsigned(local);
      return pushed;
    },
    let(type, value) {
      const local = body.local(type);
      body.set(local, value);
      return local;
    },
    forgetting(inner) {
      const before = vectors.length;
      inner();
      for (const local of vectors.slice(before)) body.set(local, body.get((zero ??= newLocal('v128'))));
    },
    i32(value) {
      code.byte(0x41);
      code.signed(value);
      return pushed;
    },
    f32x4: (value) =>
      vector((lane) => {
        scratch.setFloat32(lane * 4, value, true);
      }, 4),
    i32x4: (...values) =>
      vector((lane) => {
        scratch.setInt32(lane * 4, values[lane % values.length], true);
      }, 4),
    f64x2: (value) =>
      vector((lane) => {
        scratch.setFloat64(lane * 8, value, true);
      }, 2),
    op(name) {
      emit(opcodes[name]);
      return pushed;
    },
    load(name, _, offset = 0) {
      emit(memoryOpcodes[name]);
      place(offset);
      return pushed;
    },
    store(name, _, __, offset = 0) {
      emit(memoryOpcodes[name]);
      place(offset);
    },
    lane(name, lane) {
      emit(laneOpcodes[name]);
      code.byte(lane);
      return pushed;
    },
    memoryLane(name, lane) {
      emit(memoryLaneOpcodes[name]);
      place(0);
      code.byte(lane);
      return pushed;
    },
    shuffle(lanes) {
      emit(0xfd0d);
      for (const lane of lanes) for (let i = 0; i < 4; i++) code.byte(lane * 4 + i);
      return pushed;
    },
    fill() {
      emit(0xfc0b);
      code.byte(0x00);
    },
    call(target) {
      code.byte(0x10);
      code.unsigned(target);
      return pushed;
    },
    block(inner) {
      enclosed(0x02, inner);
    },
    loop(inner) {
      loops++;
      enclosed(0x03, inner);
      loops--;
    },
    when(_, inner, otherwise) {
      enclosed(0x04, () => {
        inner();
        if (otherwise === undefined) return;
        code.byte(0x05);
        otherwise();
      });
    },
    branchIf(label) {
      code.byte(0x0d);
      code.unsigned(depth - label);
    },
  };
  function finish(): Uint8Array {
    const whole = byteWriter(code.length() + 64);
    whole.unsigned(runs.length);
    for (const { type, count } of runs) {
      whole.unsigned(count);
      whole.byte(typeCodes[type]);
    }
    for (const { local, bytes } of constants.values()) {
      writeVector(whole, bytes);
      whole.byte(0x21);
      whole.unsigned(local);
    }
    whole.bytes(code.written());
    whole.byte(0x0b);
    return whole.written();
  }
  return { body, finish };
}
