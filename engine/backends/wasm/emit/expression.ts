import type { BinaryFunction } from '../../../ir/expression.js';
import type { Context } from './context.js';
import type { FunctionIndex, Local, Pushed } from '../assembler/encoder.js';
import type { Graph, Part } from './graph.js';
import { pow64 } from './math64.js';
import { pow } from './pow.js';
import { type Typing, intOpcodes, wholeParts } from './typing.js';
import { emitUnary } from './unary.js';
import { type Float, type Vectors, vectors } from './vector.js';

/** Where an expression gets its values for the elements at hand, as many as a vector of its kind has lanes. */
export interface Leaves {
  /** The elements of an input as they are in memory. */
  readonly input: (index: number) => Pushed;
  /** int32 */
  readonly coordinate: (axis: number) => Pushed;
  /** Whether an input is the same for the next elements too. */
  readonly isRepeated: (index: number) => boolean;
}

/** Values that are the same for all elements of a row. */
export type Hoisted = ReadonlyMap<string, Local>;

export interface Emitter {
  /** Emits the part at a place in the graph. */
  readonly value: (place: number) => Pushed;
  /** Emits what is computed from values that are the same for all elements of a row, for use in its loop. */
  readonly hoist: () => Hoisted;
}

/**
 * What emits the parts of a graph for one vector of elements, as their result is stored; common parts are emitted once.
 * Results are computed in the kind of `v`, to which operands of other dtypes are converted when they are read. int32 results of int32 operands are computed in int32; a float becomes int32 by truncation. Where vectors have
 * two lanes, int32 and float32 are in the first two.
 *
 * Divisions by numbers, and by values that are the same for the next elements too, are multiplications by the reciprocal.
 * With `inline`, functions like exp are emitted where they are used, else they are called: slower, but short.
 */
export function expressionEmitter(
  context: Context,
  v: Vectors,
  graph: Graph,
  typing: Typing,
  leaves: Leaves,
  inline: boolean,
  hoisted?: Hoisted,
): Emitter {
  const { f } = v;
  const { dtype } = v.float;
  const isWide = dtype === 'float64';
  const { parts, uses } = graph;
  const whole = wholeParts(parts, typing);
  const repeated = repeatedParts(parts, leaves);
  const kept = new Map(hoisted);
  let isHoisting = false;

  /** Emits once and keeps in a local what is used more than once. */
  function shared(place: number, form: string, emit: () => Pushed): Pushed {
    const key = `${form}${place}`;
    const local = kept.get(key);
    if (local !== undefined) return f.get(local);
    if (uses[place] < 2 && !isHoisting) return emit();
    const value = emit();
    const fresh = f.local('v128');
    kept.set(key, fresh);
    return f.tee(fresh, value);
  }

  function float(place: number): Pushed {
    const part = parts[place];
    if (part.kind === 'constant') return v.number(part.value);
    return shared(place, 'float', () =>
      whole[place]
        ? f.op(isWide ? 'f64x2.convert_low_i32x4_s' : 'f32x4.convert_i32x4_s', int(place))
        : floatOf(part, place),
    );
  }

  function floatOf(part: Part, place: number): Pushed {
    switch (part.kind) {
      case 'unary':
        return emitUnary(context, v, part.fn, v.keep(float(part.args[0])), inline);
      case 'binary':
        return binaryFloat(part.fn, part.args, place);
      case 'select':
        return select(part.args, float, floatMask);
      case 'input': {
        const value = leaves.input(part.index);
        return typing.inputs[part.index] === dtype ? value : f.op('f64x2.promote_low_f32x4', value);
      }
      default:
        throw new TypeError(`wasm: a ${part.kind} is not a ${dtype}.`);
    }
  }

  function binaryFloat(fn: BinaryFunction, [a, b]: readonly number[], place: number): Pushed {
    if (fn === 'lt' || fn === 'eq') return v.and(floatMask(place), v.number(1));
    if (fn === 'pow') return power(a, b);
    if (fn === 'maximum') return maximum(a, b);
    if (fn === 'div' && repeated[b]) return dividedByRepeated(a, b);
    if (fn === 'div' && hasReciprocal(parts[b], v.float))
      return v.mul(float(a), v.number(1 / parts[b].value));
    return v[fn](float(a), float(b));
  }

  /**
   * `(s a) (1 / (s b))`, where s moves what is close to an end of the numbers' range away from it: its reciprocal would be
   * close to the other end, or beyond.
   */
  function dividedByRepeated(a: number, b: number): Pushed {
    const { scale, reciprocal } = reciprocalOf(b);
    return v.mul(v.mul(float(a), f.get(scale)), f.get(reciprocal));
  }

  function reciprocalOf(place: number): { readonly scale: Local; readonly reciprocal: Local } {
    const [before, inverse] = [kept.get(`scale${place}`), kept.get(`reciprocal${place}`)];
    if (before !== undefined && inverse !== undefined) return { scale: before, reciprocal: inverse };
    const divisor = v.keep(float(place));
    const size = v.keep(v.abs(f.get(divisor)));
    const [up, down] = [2 ** scaledExponent[dtype], 2 ** -scaledExponent[dtype]];
    const ifLarge = v.keep(v.select(v.number(down), v.number(1), v.lt(v.number(up), f.get(size))));
    const scale = v.keep(v.select(v.number(up), f.get(ifLarge), v.lt(f.get(size), v.number(down))));
    const reciprocal = v.keep(v.div(v.number(1), v.mul(f.get(divisor), f.get(scale))));
    kept.set(`scale${place}`, scale);
    kept.set(`reciprocal${place}`, reciprocal);
    return { scale, reciprocal };
  }

  function maximum(a: number, b: number): Pushed {
    const [variable, other] = isNumber(parts[a]) ? [b, a] : [a, b];
    if (isNumber(parts[other])) return v.pmax(float(variable), float(other));
    const x = v.keep(float(a));
    return v.maximum(x, v.keep(float(b)));
  }

  function power(a: number, b: number): Pushed {
    const exponent = parts[b];
    const x = v.keep(float(a));
    if (exponent.kind === 'constant') {
      if (exponent.value === -1) return v.div(v.number(1), f.get(x));
      if (exponent.value === 2) return v.mul(f.get(x), f.get(x));
      if (exponent.value === 3) return v.mul(v.mul(f.get(x), f.get(x)), f.get(x));
    }
    if (inline && v.leave !== undefined) return pow64(v, x, v.keep(float(b)), context.host);
    return f.call(calledPow(context, v.float), f.get(x), float(b));
  }

  function int(place: number): Pushed {
    const part = parts[place];
    if (part.kind === 'constant') return f.i32x4(part.value);
    return shared(place, 'int', () => {
      if (!whole[place])
        return f.op(isWide ? 'i32x4.trunc_sat_f64x2_s_zero' : 'i32x4.trunc_sat_f32x4_s', float(place));
      switch (part.kind) {
        case 'input':
          return leaves.input(part.index);
        case 'coordinate':
          return leaves.coordinate(part.axis);
        case 'unary':
          return part.fn === 'neg' ? f.op('i32x4.neg', int(part.args[0])) : int(part.args[0]);
        case 'binary':
          if (part.fn === 'lt' || part.fn === 'eq') return v.and(intMask(place), f.i32x4(1));
          return f.op(intOpcodes[part.fn]!, int(part.args[0]), int(part.args[1]));
        case 'select':
          return select(part.args, int, intMask);
      }
    });
  }

  /** A comparison as ones and zeros in all bits of a lane, in lanes of int32 if the part is int32. */
  function mask(place: number): Pushed {
    return shared(place, 'mask', () => {
      const part = parts[place];
      if (part.kind === 'binary' && (part.fn === 'lt' || part.fn === 'eq')) {
        const [a, b] = part.args;
        return whole[place] ? f.op(intOpcodes[part.fn]!, int(a), int(b)) : v[part.fn](float(a), float(b));
      }
      return whole[place] ? f.op('i32x4.ne', int(place), f.i32x4(0)) : v.ne(float(place), v.number(0));
    });
  }

  /** The mask with the lanes that are given, where its own are of another size. */
  function resized(place: number, lanes: readonly number[]): Pushed {
    return shared(place, `mask ${lanes.join()} `, () => {
      const own = v.keep(mask(place));
      return f.shuffle(lanes, f.get(own), f.get(own));
    });
  }
  const floatMask = (place: number): Pushed =>
    isWide && whole[place] ? resized(place, [0, 0, 1, 1]) : mask(place);
  const intMask = (place: number): Pushed =>
    isWide && !whole[place] ? resized(place, [0, 2, 0, 2]) : mask(place);

  function select(
    [condition, a, b]: readonly number[],
    value: (place: number) => Pushed,
    maskOf: (place: number) => Pushed,
  ): Pushed {
    return v.select(value(a), value(b), maskOf(condition));
  }

  /** Emits each repeated operand of parts that are not repeated, in the form in which these read it. */
  function hoist(): Hoisted {
    isHoisting = true;
    parts.forEach((part, place) => {
      if (repeated[place]) return;
      part.args.forEach((arg, i) => {
        if (!repeated[arg]) return;
        if (part.kind === 'binary' && part.fn === 'div' && i === 1) reciprocalOf(arg);
        else v.keep(operand(part, place, arg, i));
      });
    });
    return kept;
  }
  function operand(part: Part, place: number, arg: number, i: number): Pushed {
    if (part.kind === 'select' && i === 0) return whole[place] ? intMask(arg) : floatMask(arg);
    return whole[place] ? int(arg) : float(arg);
  }

  if (typing.output === 'int32') return { value: int, hoist };
  const narrowed = (place: number): Pushed => f.op('f32x4.demote_f64x2_zero', float(place));
  return { value: typing.output === dtype ? float : narrowed, hoist };
}

/** Emits a graph's only expression. */
export function emitExpression(...args: Parameters<typeof expressionEmitter>): Pushed {
  const [, , { roots }] = args;
  return expressionEmitter(...args).value(roots[0]);
}

/** Which parts depend on inputs that are the same for the next elements too, and on nothing else. */
function repeatedParts(parts: readonly Part[], { isRepeated }: Leaves): readonly boolean[] {
  const repeated: boolean[] = [];
  for (const { args, ...part } of parts)
    repeated.push(
      part.kind === 'input'
        ? isRepeated(part.index)
        : args.length > 0 && args.every((arg) => repeated[arg] || parts[arg].kind === 'constant'),
    );
  return repeated;
}

type Constant = Part & { readonly kind: 'constant' };

/** Beyond 2 to this power, and below its reciprocal, a division is not made a multiplication. */
export const reciprocalExponent = { float32: 100, float64: 1000 } as const;
/** Beyond 2 to this power, and below its reciprocal, a divisor is moved to the middle of its kind's range. */
export const scaledExponent = { float32: 64, float64: 512 } as const;

/** Numbers whose reciprocals a kind holds with all its digits. */
const hasReciprocal = (part: Part, { dtype }: Float): part is Constant =>
  part.kind === 'constant' && Math.abs(Math.log2(Math.abs(part.value))) < reciprocalExponent[dtype];

const isNumber = (part: Part): boolean => part.kind === 'constant' && !Number.isNaN(part.value);

function calledPow({ kernel, module, features, host }: Context, float: Float): FunctionIndex {
  const write = (): FunctionIndex =>
    module.function({ params: ['v128', 'v128'], results: ['v128'] }, (f, a, b) => {
      const v = vectors(f, features, float);
      if (float.dtype === 'float64') pow64(v, a, b, host);
      else pow(v, a, b, host.pow);
    });
  return kernel(`pow ${float.dtype}`, () => ({ index: write(), scratch: 0 })).index;
}
