/**
 * A small WebAssembly assembler. Instructions are emitted by function calls that nest like expressions:
 *
 *     f.set(sum, f.op('f32x4.add', f.get(sum), f.load('v128.load', f.get(p))));
 *
 * JavaScript evaluates arguments from left to right and before the call, and that is the order of a stack machine.
 * So each call emits its instruction at once, and the `Pushed` it returns only says that a value is now on the stack;
 * it is passed on directly and never kept. What is needed again is kept in a local: `f.let`.
 */
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
  readonly i32: (value: number) => Pushed;
  readonly f64: (value: number) => Pushed;
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
  readonly memoryLane: (
    name: MemoryLaneOpcode,
    lane: number,
    address: Pushed,
    vector: Pushed,
    offset?: number,
  ) => Pushed;
  /** Lanes of 4 bytes picked from two vectors: 0 to 3 from the first, 4 to 7 from the second. */
  readonly shuffle: (lanes: readonly number[], a: Pushed, b: Pushed) => Pushed;
  /** Sets `bytes` bytes from `address` on to `value`. */
  readonly fill: (address: Pushed, value: Pushed, bytes: Pushed) => void;
  readonly call: (target: FunctionIndex, ...operands: readonly Pushed[]) => Pushed;
  /** A branch to the label of a block leaves it; a branch to the label of a loop starts it again. */
  readonly block: (body: (label: Label) => void) => void;
  readonly loop: (body: (label: Label) => void) => void;
  readonly when: (condition: Pushed, body: () => void) => void;
  readonly branch: (label: Label) => void;
  readonly branchIf: (label: Label, condition: Pushed) => void;
}

export interface Signature {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface ModuleBuilder {
  /** Must come before the first `function`. */
  readonly importFunction: (name: string, signature: Signature) => FunctionIndex;
  readonly function: (
    signature: Signature,
    emit: (f: Body, ...params: readonly Local[]) => void,
  ) => FunctionIndex;
  readonly exportFunction: (name: string, index: FunctionIndex) => void;
  /** The module's bytes. It imports the memory `host.memory` of at least `pages` pages of 64 KiB. */
  readonly finish: (pages: number) => Uint8Array<ArrayBuffer>;
}

const typeCodes: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

export function moduleBuilder(): ModuleBuilder {
  const types = new Map<string, number>();
  const typeBytes: number[][] = [];
  const imports: number[][] = [];
  const declarations: number[][] = [];
  const exports: number[][] = [];
  const bodies: number[][] = [];

  function typeOf({ params, results }: Signature): number {
    const bytes = [0x60, ...vectorOf(params.map(codeOf)), ...vectorOf(results.map(codeOf))];
    const key = bytes.join();
    if (!types.has(key)) {
      types.set(key, types.size);
      typeBytes.push(bytes);
    }
    return types.get(key)!;
  }

  return {
    importFunction(name, signature) {
      imports.push([...text('host'), ...text(name), 0x00, ...unsigned(typeOf(signature))]);
      return imports.length - 1;
    },
    function(signature, emit) {
      declarations.push(unsigned(typeOf(signature)));
      const slot = bodies.push([]) - 1;
      const { body, finish } = functionBody(signature.params.length);
      emit(body, ...signature.params.keys());
      bodies[slot] = finish();
      return imports.length + slot;
    },
    exportFunction(name, index) {
      exports.push([...text(name), 0x00, ...unsigned(index)]);
    },
    finish(pages) {
      const memory = [...text('host'), ...text('memory'), 0x02, 0x00, ...unsigned(pages)];
      return Uint8Array.from([
        ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
        ...section(1, typeBytes),
        ...section(2, [...imports, memory]),
        ...section(3, declarations),
        ...section(7, exports),
        ...section(10, bodies),
      ]);
    },
  };
}

function functionBody(params: number): { readonly body: Body; finish(): number[] } {
  const code: number[] = [];
  const locals: ValueType[] = [];
  const scratch = new DataView(new ArrayBuffer(16));
  let depth = 0;

  function emit(opcode: number): void {
    if (opcode >= 0x1fd00) code.push(0xfd, ...unsigned(opcode - 0x1fd00 + 0x100));
    else if (opcode >= 0xfc00) code.push(opcode >> 8, ...unsigned(opcode & 0xff));
    else code.push(opcode);
  }
  const bytes = (count: number): void => {
    for (let i = 0; i < count; i++) code.push(scratch.getUint8(i));
  };
  /** All memory is at least as aligned as its elements of 4 bytes. */
  const place = (offset: number): void => void code.push(2, ...unsigned(offset));

  function vector(write: (i: number) => void, lanes: number): Pushed {
    for (let i = 0; i < lanes; i++) write(i);
    code.push(0xfd, 0x0c);
    bytes(16);
    return pushed;
  }
  function enclosed(opcode: number, body: (label: Label) => void): void {
    code.push(opcode, 0x40);
    body(++depth);
    depth--;
    code.push(0x0b);
  }

  const body: Body = {
    local: (type) => params + locals.push(type) - 1,
    get(local) {
      code.push(0x20, ...unsigned(local));
      return pushed;
    },
    set(local) {
      code.push(0x21, ...unsigned(local));
    },
    tee(local) {
      code.push(0x22, ...unsigned(local));
      return pushed;
    },
    let(type, value) {
      const local = body.local(type);
      body.set(local, value);
      return local;
    },
    i32(value) {
      code.push(0x41, ...signed(value));
      return pushed;
    },
    f64(value) {
      code.push(0x44);
      scratch.setFloat64(0, value, true);
      bytes(8);
      return pushed;
    },
    f32x4: (value) =>
      vector((i) => {
        scratch.setFloat32(i * 4, value, true);
      }, 4),
    i32x4: (...values) =>
      vector((i) => {
        scratch.setInt32(i * 4, values[i % values.length], true);
      }, 4),
    f64x2: (value) =>
      vector((i) => {
        scratch.setFloat64(i * 8, value, true);
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
      code.push(lane);
      return pushed;
    },
    memoryLane(name, lane, _, __, offset = 0) {
      emit(memoryLaneOpcodes[name]);
      place(offset);
      code.push(lane);
      return pushed;
    },
    shuffle(lanes) {
      code.push(0xfd, 0x0d);
      for (const lane of lanes) for (let i = 0; i < 4; i++) code.push(lane * 4 + i);
      return pushed;
    },
    fill() {
      code.push(0xfc, 0x0b, 0x00);
    },
    call(target) {
      code.push(0x10, ...unsigned(target));
      return pushed;
    },
    block(inner) {
      enclosed(0x02, inner);
    },
    loop(inner) {
      enclosed(0x03, inner);
    },
    when(_, inner) {
      enclosed(0x04, inner);
    },
    branch(label) {
      code.push(0x0c, ...unsigned(depth - label));
    },
    branchIf(label) {
      code.push(0x0d, ...unsigned(depth - label));
    },
  };
  const finish = (): number[] => {
    const declared = vectorOf(locals.map((type) => [1, codeOf(type)].flat()));
    const all = [...declared, ...code, 0x0b];
    return [...unsigned(all.length), ...all];
  };
  return { body, finish };
}

const codeOf = (type: ValueType): number => typeCodes[type];

/** Items behind their number. */
const vectorOf = (items: readonly (number | readonly number[])[]): number[] => [
  ...unsigned(items.length),
  ...items.flat(),
];

function section(id: number, items: readonly (readonly number[])[]): number[] {
  if (items.length === 0) return [];
  const content = vectorOf(items);
  return [id, ...unsigned(content.length), ...content];
}

const text = (value: string): number[] => vectorOf([...value].map((c) => c.charCodeAt(0)));

/** LEB128: seven bits a byte, the lowest first. */
function unsigned(value: number): number[] {
  const out: number[] = [];
  do {
    const byte = value % 128;
    value = Math.floor(value / 128);
    out.push(value > 0 ? byte | 0x80 : byte);
  } while (value > 0);
  return out;
}

function signed(value: number): number[] {
  const out: number[] = [];
  for (value |= 0; ; value >>= 7) {
    const last = value >> 6 === 0 || value >> 6 === -1;
    out.push(last ? value & 0x7f : (value & 0x7f) | 0x80);
    if (last) return out;
  }
}
