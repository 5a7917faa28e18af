/**
 * A reader of Python pickles of plain values and NumPy arrays. A pickle is a program for a stack machine; this is the machine
 * without the instructions that create objects of arbitrary classes.
 */
import { requireBytes } from '../engine/core/arguments.js';
import { shorten } from '../engine/core/options.js';
import { Tensor } from '../engine/core/tensor.js';
import { type Internal, buildObject, callGlobal, findGlobal, isInternal } from './pickleGlobals.js';
import { type PickleMachine, pickleMachine } from './pickleMachine.js';

export type PickleKey = string | number | bigint | boolean | null;

/** Tuples and lists are arrays, dicts Maps, bytes Uint8Arrays; an int is a bigint where a number would not be exact. */
export type PickleValue =
  PickleKey | Uint8Array | Tensor | readonly PickleValue[] | ReadonlyMap<PickleKey, PickleValue>;

/**
 * The value in a pickle of protocol 0 to 5 that holds None, booleans, numbers, strings, bytes, tuples, lists, dicts and NumPy
 * arrays and scalars (of the types that `parseNpy` reads).
 * @throws FormatError, with the byte at fault, if the pickle is malformed, ends early, or needs any other Python name than
 * the few that arrays need.
 */
export function unpickle(bytes: Uint8Array): PickleValue {
  requireBytes('unpickle', bytes);
  const machine = pickleMachine(bytes);
  for (;;) {
    const code = machine.next();
    if (code === '.') return finish(machine, machine.pop(), new Map(), 0);
    const value = values.get(code);
    const action = actions.get(code);
    if (value !== undefined) machine.push(value(machine));
    else if (action !== undefined) action(machine);
    else machine.fail(`instruction 0x${hex(code)} is none that plain values and arrays need`);
  }
}

const hex = (code: string): string => code.charCodeAt(0).toString(16).padStart(2, '0');

/** Instructions that push one value. */
const values = new Map<string, (machine: PickleMachine) => unknown>([
  // None, booleans, numbers
  ['N', () => null],
  ['\x88', () => true],
  ['\x89', () => false],
  ['K', (m) => m.uint8()],
  ['M', (m) => m.uint16()],
  ['J', (m) => m.int32()],
  ['\x8a', (m) => littleEndian(m, m.raw(m.uint8()))],
  ['\x8b', (m) => littleEndian(m, m.raw(m.uint32()))],
  ['I', (m) => integer(m, m.line())],
  ['L', (m) => integer(m, m.line().replace(/L$/, ''))],
  ['G', (m) => m.float64()],
  ['F', (m) => float(m, m.line())],
  // strings
  ['X', (m) => m.utf8(m.uint32())],
  ['\x8c', (m) => m.utf8(m.uint8())],
  ['\x8d', (m) => m.utf8(m.uint64())],
  ['V', (m) => unescapeUnicode(m, m.line())],
  ['U', (m) => m.latin1(m.uint8())],
  ['T', (m) => m.latin1(m.uint32())],
  ['S', (m) => unquote(m, m.line())],
  // bytes
  ['C', (m) => m.raw(m.uint8())],
  ['B', (m) => m.raw(m.uint32())],
  ['\x8e', (m) => m.raw(m.uint64())],
  ['\x96', (m) => m.raw(m.uint64())],
  // lists, tuples, dicts
  [']', () => []],
  [')', () => []],
  ['l', (m) => m.popToMark()],
  ['t', (m) => m.popToMark()],
  ['\x85', (m) => m.popMany(1)],
  ['\x86', (m) => m.popMany(2)],
  ['\x87', (m) => m.popMany(3)],
  ['}', () => new Map()],
  ['d', (m) => setItems(m, new Map(), m.popToMark())],
  // what is on the stack or in the memo
  ['2', (m) => m.peek()],
  ['g', (m) => recall(m, memoKey(m))],
  ['h', (m) => recall(m, m.uint8())],
  ['j', (m) => recall(m, m.uint32())],
  // names, and calls of what they name
  ['c', (m) => findGlobal(m, m.line(), m.line())],
  ['\x93', (m) => namedGlobal(m)],
  ['R', (m) => reduce(m)],
]);

/** Instructions that change the stack or the memo in another way; their results are ignored. */
const actions = new Map<string, (machine: PickleMachine) => unknown>([
  ['\x80', (m) => checkProtocol(m, m.uint8())],
  ['\x95', (m) => m.checkRemaining(m.uint64())],
  ['(', (m) => m.mark()],
  ['0', (m) => m.unmark() || m.pop()],
  ['1', (m) => m.popToMark()],
  ['a', (m) => append(m, m.popMany(1))],
  ['e', (m) => append(m, m.popToMark())],
  ['s', (m) => setOnTop(m, m.popMany(2))],
  ['u', (m) => setOnTop(m, m.popToMark())],
  ['p', (m) => m.memo.set(memoKey(m), m.peek())],
  ['q', (m) => m.memo.set(m.uint8(), m.peek())],
  ['r', (m) => m.memo.set(m.uint32(), m.peek())],
  ['\x94', (m) => m.memo.set(m.memo.size, m.peek())],
  ['b', (m) => build(m)],
]);

function checkProtocol(machine: PickleMachine, protocol: number): number {
  return protocol <= 5
    ? protocol
    : machine.fail(`protocol ${protocol} is newer than 5, the newest known here`);
}

/** The largest integers that are read: in decimal notation, Python's own limit of digits; in binary, in bytes. */
const [mostDigits, mostBytes] = [4300, 2 ** 24];

function integer(machine: PickleMachine, text: string): number | bigint | boolean {
  // Protocols 0 and 1 write booleans so.
  if (text === '00' || text === '01') return text === '01';
  if (text.length > mostDigits)
    machine.fail(`an integer of ${text.length} digits; at most ${mostDigits} are read`);
  return /^[+-]?\d+$/.test(text)
    ? exactly(BigInt(text.replace(/^\+/, '')))
    : machine.fail(`'${shorten(text)}' is not an integer`);
}

/** Through hexadecimal digits, whose conversion takes time in proportion to their number. */
function littleEndian(machine: PickleMachine, bytes: Uint8Array): number | bigint {
  const { length } = bytes;
  if (length === 0) return 0;
  if (length > mostBytes) machine.fail(`an integer of ${length} bytes; at most ${mostBytes} are read`);
  const value = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  return exactly(BigInt.asIntN(8 * length, value));
}

const exactly = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value;

function float(machine: PickleMachine, text: string): number {
  if (text === 'nan') return NaN;
  if (text === 'inf' || text === '-inf') return text === 'inf' ? Infinity : -Infinity;
  return /^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/.test(text)
    ? Number(text)
    : machine.fail(`'${shorten(text)}' is not a float`);
}

const controls: Readonly<Record<string, string | undefined>> = { n: '\n', r: '\r', t: '\t' };

/** A string as Python 2's `repr` writes it. */
function unquote(machine: PickleMachine, text: string): string {
  const quoted = /^(['"])(.*)\1$/.exec(text) ?? machine.fail(`${shorten(text)} is not a quoted string`);
  return quoted[2].replace(/\\(?:x([\da-fA-F]{2})|(.))/g, (_, code: string | undefined, letter: string) =>
    code === undefined ? (controls[letter] ?? letter) : String.fromCharCode(parseInt(code, 16)),
  );
}

/** A string in Python's raw-unicode-escape. */
function unescapeUnicode(machine: PickleMachine, text: string): string {
  return text.replace(
    /\\u([\da-fA-F]{4})|\\U([\da-fA-F]{8})/g,
    (_, short: string | undefined, long: string) => {
      const code = parseInt(short ?? long, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : machine.fail(`\\U${long} is not a character`);
    },
  );
}

function append(machine: PickleMachine, items: readonly unknown[]): unknown {
  const list = machine.peek();
  if (!Array.isArray(list)) return machine.fail('items are appended to something that is not a list');
  for (const item of items) list.push(item);
  return list;
}

const setOnTop = (machine: PickleMachine, items: readonly unknown[]): unknown =>
  setItems(machine, machine.peek(), items);

function setItems(machine: PickleMachine, dict: unknown, items: readonly unknown[]): unknown {
  if (!(dict instanceof Map) || items.length % 2 !== 0)
    return machine.fail('items are set on something that is not a dict, or a key has no value');
  for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  return dict;
}

function memoKey(machine: PickleMachine): number {
  const text = machine.line();
  return /^\d{1,15}$/.test(text)
    ? Number(text)
    : machine.fail(`'${shorten(text)}' is not an index of the memo`);
}

function recall(machine: PickleMachine, key: number): unknown {
  return machine.memo.has(key) ? machine.memo.get(key) : machine.fail(`nothing is in the memo under ${key}`);
}

function namedGlobal(machine: PickleMachine): Internal {
  const [module, name] = machine.popMany(2);
  if (typeof module !== 'string' || typeof name !== 'string') return machine.fail('a name is not a string');
  return findGlobal(machine, module, name);
}

function reduce(machine: PickleMachine): unknown {
  const [callable, args] = machine.popMany(2);
  return callGlobal(machine, callable, args);
}

function build(machine: PickleMachine): unknown {
  const state = machine.pop();
  return buildObject(machine, machine.peek(), state);
}

const deepest = 1000;

/** The value without the objects that exist only while a pickle is read. Shared parts stay shared. */
function finish(
  machine: PickleMachine,
  value: unknown,
  finished: Map<object, PickleValue>,
  depth: number,
): PickleValue {
  if (depth > deepest) machine.fail(`the value is nested more than ${deepest} levels deep`);
  if (isKey(value) || value instanceof Uint8Array || value instanceof Tensor) return value;
  const before = finished.get(value as object);
  if (before !== undefined) return before;
  const finishPart = (part: unknown): PickleValue => finish(machine, part, finished, depth + 1);
  if (Array.isArray(value)) {
    const list: PickleValue[] = [];
    finished.set(value, list);
    for (const item of value) list.push(finishPart(item));
    return list;
  }
  if (value instanceof Map) {
    const dict = new Map<PickleKey, PickleValue>();
    finished.set(value, dict);
    for (const [key, item] of value as Map<unknown, unknown>) {
      if (!isKey(key)) return machine.fail('a dict has a key that is not a string, number, boolean or None');
      dict.set(key, finishPart(item));
    }
    return dict;
  }
  if (isInternal(value, 'array') && value.tensor !== undefined) return value.tensor;
  return machine.fail('the value holds a piece of a NumPy array instead of a whole one');
}

const isKey = (value: unknown): value is PickleKey =>
  value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
