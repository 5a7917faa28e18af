/**
 * Whether V8 joins pairs of adjacent vectors, by a function that runs the same loop in two forms: V8 sees that the two
 * vectors are adjacent, or it does not. One function, so that both forms are always compiled by the same compiler, and with
 * the same locals, so that the baseline compiler's code takes the same time for both.
 */
import type { Body, Local, Pushed } from './encoder.js';
import { host, pageBytes } from './host.js';
import { moduleBuilder } from './module.js';
import type { Opcode } from './opcodes.js';

/** The bytes of a row of numbers. The memory begins with one of constants. */
const row = 1024;
/** The second vector's address is the first one's and a constant offset, or a local of its own. */
type Form = 'joined' | 'apart';

/** How an instruction takes its operands, 1 to 3 vectors or one and a number of bits. Arithmetic leaves bits of a NaN open. */
type Checked = readonly [operands: 1 | 2 | 3 | 'shift', results: 'bits' | 'numbers'];

const all = <Name extends Opcode>(names: readonly Name[], how: Checked): Record<Name, Checked> =>
  Object.fromEntries(names.map((name) => [name, how])) as Record<Name, Checked>;

/** The instructions of our kernels that V8 may join. */
export const checked: Readonly<Partial<Record<Opcode, Checked>>> = {
  ...all(['f32x4.add', 'f32x4.sub', 'f32x4.mul', 'f32x4.div'], [2, 'numbers']),
  ...all(['f64x2.add', 'f64x2.sub', 'f64x2.mul', 'f64x2.div'], [2, 'numbers']),
  ...all(['f32x4.sqrt', 'f64x2.sqrt', 'f32x4.floor', 'f64x2.floor'], [1, 'numbers']),
  ...all(['f32x4.relaxed_madd', 'f64x2.relaxed_madd'], [3, 'numbers']),
  ...all(['f32x4.demote_f64x2_zero', 'f64x2.promote_low_f32x4'], [1, 'numbers']),
  ...all(['f32x4.pmin', 'f32x4.pmax', 'f64x2.pmin', 'f64x2.pmax'], [2, 'bits']),
  ...all(['f32x4.lt', 'f32x4.eq', 'f32x4.ne', 'f64x2.lt', 'f64x2.eq', 'f64x2.ne'], [2, 'bits']),
  ...all(['f32x4.abs', 'f32x4.neg', 'f64x2.abs'], [1, 'bits']),
  ...all(['v128.and', 'v128.andnot', 'v128.or', 'v128.xor'], [2, 'bits']),
  'v128.not': [1, 'bits'],
  'v128.bitselect': [3, 'bits'],
  ...all(['i32x4.add', 'i32x4.sub', 'i32x4.mul', 'i32x4.max_s', 'i32x4.max_u'], [2, 'bits']),
  ...all(['i32x4.eq', 'i32x4.ne', 'i32x4.lt_s', 'i64x2.add', 'i64x2.sub'], [2, 'bits']),
  ...all(['i32x4.shl', 'i32x4.shr_s', 'i64x2.shl', 'i64x2.shr_u'], ['shift', 'bits']),
  ...all(['i32x4.neg', 'f32x4.convert_i32x4_s', 'f64x2.convert_low_i32x4_s'], [1, 'bits']),
  ...all(['i32x4.trunc_sat_f32x4_s', 'i32x4.trunc_sat_f64x2_s_zero'], [1, 'bits']),
};

/** Zeros, denormals, numbers around 1, of 24 bits, huge and tiny ones, infinities, and NaNs with and without a payload. */
// prettier-ignore
const floats = [
  0x00000000, 0x80000000, 0x00000001, 0x807fffff, 0x00800000, 0x3f800000, 0xbf800001, 0x3effffff,
  0x4b7fffff, 0x7f7fffff, 0xff7fffff, 0x1e3ce508, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc12345,
];
const { EPSILON, MAX_VALUE, MIN_VALUE, NaN: notANumber, POSITIVE_INFINITY } = Number;
// prettier-ignore
const doubles = [
  0, -0, MIN_VALUE, 2 ** -1022 - MIN_VALUE, 1, -1 - EPSILON, 1e200, -MAX_VALUE, 3e-170, POSITIVE_INFINITY, notANumber,
];

/** Rows of operands; behind them is one for the results of each instruction. */
const operandRows = { float32: 1, float64: 4 };
const resultRows = 7;

/** Of the polynomial that is timed. */
const degree = 16;
const rounds = 16;
/** The last this many runs of each form decide. */
const runs = 8;
const leastRuns = 1000;
/** The share of the time from which on joining is worth it. It is one half where all is joined, and 1 where nothing is. */
const worthwhile = 0.75;

/**
 * Why pairs are not to be joined, or ''. It ends as soon as the optimizing compiler has finished and the times are clear.
 * @param milliseconds How long to wait for that, on an idle machine.
 */
export function whyNotJoined(relaxed: boolean, milliseconds: number): string {
  const instructions = (Object.keys(checked) as (keyof typeof checked)[]).filter(
    (name) => relaxed || !name.includes('relaxed'),
  );
  const pages = Math.ceil(((resultRows + instructions.length) * row) / pageBytes);
  const memory = new host.Memory({ initial: pages });
  const { exports } = new host.Instance(new host.Module(probeOf(instructions, pages)), { host: { memory } });

  const numbers = new Float32Array(memory.buffer, 0, (2 * row) / 4);
  numbers.forEach((_, i) => (numbers[i] = 1 / (2 + i)));
  const ratio = ratioOf(exports.run, milliseconds);
  if (ratio > worthwhile)
    return `V8 does not join pairs of vectors on this processor, or gains too little (${ratio.toFixed(2)} of the time)`;

  writeAwkward(memory.buffer);
  const results = [() => exports.run(2), exports.reference].map((compute) => {
    compute();
    return memory.buffer.slice(resultRows * row, (resultRows + instructions.length) * row);
  });
  const wrong = instructions.find((name, i) => {
    const isFloat = checked[name]![1] === 'numbers';
    const view = !isFloat ? Int32Array : name.startsWith('f32') ? Float32Array : Float64Array;
    const [joined, apart] = results.map((bytes) => new view(bytes, i * row, row / view.BYTES_PER_ELEMENT));
    return joined.some((value, k) => !Object.is(value, apart[k]));
  });
  return wrong === undefined ? '' : `V8 computes something else when it joins pairs of ${wrong}`;
}

/** The time of joined pairs in that of others: of the fastest runs, or of the median where that is worse. */
function ratioOf(run: (form: 0 | 1) => unknown, milliseconds: number): number {
  const joined = new Array<number>(runs).fill(0);
  const apart = new Array<number>(runs).fill(0);
  const started = performance.now();
  let before = Infinity;
  for (let i = 0, now = started; ; i++) {
    run(0);
    const between = performance.now();
    run(1);
    const after = performance.now();
    joined[i % runs] = between - now;
    apart[i % runs] = after - between;
    now = after;
    if (i % runs !== runs - 1) continue;
    const ratios = joined.map((time, k) => time / apart[k]).sort((a, b) => a - b);
    const ratio = Math.max(Math.min(...joined) / Math.min(...apart), ratios[runs / 2]);
    const clear = Math.max(ratio, before);
    // On a busy machine time passes in which neither this thread nor the compiler gets on.
    if (clear <= worthwhile || (i >= leastRuns && after - started > milliseconds)) return clear;
    before = ratio;
  }
}

/** All pairs of awkward numbers, and some triples. */
function writeAwkward(memory: ArrayBuffer): void {
  const write = (to: Uint32Array | Float64Array, values: readonly number[]): void => {
    const { length } = values;
    const rowLength = to.length / 3;
    for (let i = 0; i < rowLength; i++) {
      const [first, second] = [i % length, Math.floor(i / length) % length];
      to[i] = values[first];
      to[rowLength + i] = values[second];
      to[2 * rowLength + i] = values[(5 * first + 3 * second) % length];
    }
  };
  write(new Uint32Array(memory, operandRows.float32 * row, (3 * row) / 4), floats);
  write(new Float64Array(memory, operandRows.float64 * row, (3 * row) / 8), doubles);
}

/** A module with `run(what)`: 0 and 1 run the timed loop in each form, 2 writes rows of results; `reference` writes them too. */
function probeOf(instructions: readonly Opcode[], pages: number): Uint8Array<ArrayBuffer> {
  const module = moduleBuilder();
  const run = module.function({ params: ['i32'], results: [] }, (f, what) => {
    const choose = (value: number, then: () => void): void => {
      f.when(f.op('i32.eq', f.get(what), f.i32(value)), then);
    };
    const left = f.local('i32');
    const timed = pairsIn(f, 1, 1);
    (['joined', 'apart'] as const).forEach((form, i) => {
      choose(i, () => {
        f.set(left, f.i32(rounds));
        f.loop((again) => {
          timed(form, operandRows.float32, [[resultRows, (x) => polynomial(f, x)]]);
          f.branchIf(again, f.tee(left, f.op('i32.sub', f.get(left), f.i32(1))));
        });
      });
    });
    choose(2, () => {
      check(f, 'joined', instructions);
    });
  });
  const reference = module.function({ params: [], results: [] }, (f) => {
    check(f, 'apart', instructions);
  });
  module.exportFunction('run', run);
  module.exportFunction('reference', reference);
  return module.finish(pages);
}

/** Writes a row of results for each instruction. */
function check(f: Body, form: Form, instructions: readonly Opcode[]): void {
  const rows = instructions.map((name, i): Row => {
    const operands = checked[name]![0];
    return [
      resultRows + i,
      (...values) =>
        operands === 'shift'
          ? f.op(name, f.get(values[0]), f.i32(7))
          : f.op(name, ...values.slice(0, operands).map(f.get)),
    ];
  });
  const isDouble = (i: number): boolean => instructions[i].startsWith('f64');
  const write = pairsIn(f, 3, rows.length);
  write(
    form,
    operandRows.float32,
    rows.filter((_, i) => !isDouble(i)),
  );
  write(
    form,
    operandRows.float64,
    rows.filter((_, i) => isDouble(i)),
  );
}

/** A row of results, and what it holds. */
type Row = readonly [result: number, value: (...operands: readonly Local[]) => Pushed];

/** Loops over rows, two vectors an iteration: all loads, then all values, then all stores. */
function pairsIn(
  f: Body,
  operands: number,
  results: number,
): (form: Form, firstOperand: number, rows: readonly Row[]) => void {
  const pair = (type: 'i32' | 'v128'): readonly Local[] => [f.local(type), f.local(type)];
  const [left, cursors] = [f.local('i32'), pair('i32')];
  const loaded = Array.from({ length: operands }, () => pair('v128'));
  const computed = Array.from({ length: results }, () => pair('v128'));
  return (form, firstOperand, rows) => {
    const base = (i: number): Pushed => f.get(cursors[form === 'joined' ? 0 : i]);
    const offset = (i: number): number => (form === 'joined' ? 16 * i : 0);
    cursors.forEach((cursor, i) => {
      f.set(cursor, f.i32(16 * i));
    });
    f.set(left, f.i32(row / 32));
    f.loop((again) => {
      for (const i of [0, 1])
        loaded.forEach((locals, k) => {
          f.set(locals[i], f.load('v128.load', base(i), (firstOperand + k) * row + offset(i)));
        });
      rows.forEach(([, value], k) => {
        for (const i of [0, 1]) f.set(computed[k][i], value(...loaded.map((locals) => locals[i])));
      });
      rows.forEach(([result], k) => {
        for (const i of [0, 1])
          f.store('v128.store', base(i), f.get(computed[k][i]), result * row + offset(i));
      });
      for (const cursor of cursors) f.set(cursor, f.op('i32.add', f.get(cursor), f.i32(32)));
      f.branchIf(again, f.tee(left, f.op('i32.sub', f.get(left), f.i32(1))));
    });
  };
}

/** A polynomial of x by Horner's rule; its coefficients are the first numbers of the memory. */
function polynomial(f: Body, x: Local): Pushed {
  let sum = f.load('v128.load32_splat', f.i32(0));
  for (let i = 1; i <= degree; i++)
    sum = f.op('f32x4.add', f.op('f32x4.mul', sum, f.get(x)), f.load('v128.load32_splat', f.i32(0), 4 * i));
  return sum;
}
