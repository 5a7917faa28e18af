import type { BinaryFunction } from '../../../ir/expression.js';
import type { DType } from '../../../ir/kernel.js';
import type { Context } from './context.js';
import type { FunctionIndex, Local, Pushed } from '../assembler/encoder.js';
import type { Graph, Part } from './graph.js';
import type { Opcode } from '../assembler/opcodes.js';
import { pow } from './pow.js';
import { emitUnary } from './unary.js';
import { type Vectors, vectors } from './vector.js';

/** Where an expression gets its values for the four elements at hand. */
export interface Leaves {
  /** The elements of an input as they are in memory. */
  readonly input: (index: number) => Pushed;
  /** int32 */
  readonly coordinate: (axis: number) => Pushed;
  /** Whether an input is the same for the next elements too. */
  readonly isRepeated: (index: number) => boolean;
}

export interface Typing {
  readonly inputs: readonly DType[];
  readonly output: DType;
}

/**
 * Returns a function that emits the part at a place in the graph, for four elements at once; common parts are emitted once.
 * float32 results are computed in float32, int32 inputs being converted when they are read. int32 results of int32 operands
 * are computed in int32; a float32 becomes int32 by truncation.
 *
 * Divisions by numbers, and by values that are the same for the next elements too, are multiplications by the reciprocal,
 * which V8 hoists out of the loop. With `inline`, functions like exp are emitted where they are used, else they are called:
 * slower, but short.
 */
export function expressionEmitter(
  context: Context,
  v: Vectors,
  graph: Graph,
  typing: Typing,
  leaves: Leaves,
  inline: boolean,
): (place: number) => Pushed {
  const { f } = v;
  const { parts, uses } = graph;
  const whole = wholeParts(parts, typing);
  const repeated = repeatedParts(parts, leaves);
  const kept = new Map<string, Local>();

  /** Emits once and keeps in a local what is used more than once. */
  function shared(place: number, form: string, emit: () => Pushed): Pushed {
    if (uses[place] < 2) return emit();
    const key = `${form}${place}`;
    const local = kept.get(key);
    if (local !== undefined) return f.get(local);
    const value = emit();
    const fresh = f.local('v128');
    kept.set(key, fresh);
    return f.tee(fresh, value);
  }

  function float(place: number): Pushed {
    const part = parts[place];
    if (part.kind === 'constant') return f.f32x4(part.value);
    return shared(place, 'float', () =>
      whole[place] ? f.op('f32x4.convert_i32x4_s', int(place)) : floatOf(part, place),
    );
  }

  function floatOf(part: Part, place: number): Pushed {
    switch (part.kind) {
      case 'unary':
        return emitUnary(context, v, part.fn, v.keep(float(part.args[0])), inline);
      case 'binary':
        return binaryFloat(part.fn, part.args, place);
      case 'select':
        return select(part.args, float);
      case 'input':
        return leaves.input(part.index);
      default:
        throw new TypeError(`wasm: a ${part.kind} is not a float32.`);
    }
  }

  function binaryFloat(fn: BinaryFunction, [a, b]: readonly number[], place: number): Pushed {
    if (fn === 'lt' || fn === 'eq') return v.and(mask(place), v.number(1));
    if (fn === 'pow') return power(a, b);
    if (fn === 'maximum') return maximum(a, b);
    if (fn === 'div' && repeated[b]) return dividedByRepeated(a, b);
    if (fn === 'div' && hasReciprocal(parts[b])) return v.mul(float(a), v.number(1 / parts[b].value));
    return f.op(floatOpcodes[fn], float(a), float(b));
  }

  /**
   * `(s a) (1 / (s b))`, where s moves what is close to an end of float32's range away from it: its reciprocal would be
   * close to the other end, or beyond.
   */
  function dividedByRepeated(a: number, b: number): Pushed {
    const divisor = v.keep(float(b));
    const size = v.keep(v.abs(f.get(divisor)));
    const [up, down] = [2 ** scaledExponent, 2 ** -scaledExponent];
    const ifLarge = v.keep(v.select(v.number(down), v.number(1), v.lt(v.number(up), f.get(size))));
    const scale = v.keep(v.select(v.number(up), f.get(ifLarge), v.lt(f.get(size), v.number(down))));
    const reciprocal = v.keep(v.div(v.number(1), v.mul(f.get(divisor), f.get(scale))));
    return v.mul(v.mul(float(a), f.get(scale)), f.get(reciprocal));
  }

  function maximum(a: number, b: number): Pushed {
    const [variable, other] = isNumber(parts[a]) ? [b, a] : [a, b];
    if (isNumber(parts[other])) return f.op('f32x4.pmax', float(variable), float(other));
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
    return f.call(calledPow(context), f.get(x), float(b));
  }

  function int(place: number): Pushed {
    const part = parts[place];
    if (part.kind === 'constant') return f.i32x4(part.value);
    return shared(place, 'int', () => {
      if (!whole[place]) return f.op('i32x4.trunc_sat_f32x4_s', float(place));
      switch (part.kind) {
        case 'input':
          return leaves.input(part.index);
        case 'coordinate':
          return leaves.coordinate(part.axis);
        case 'unary':
          return part.fn === 'neg' ? f.op('i32x4.neg', int(part.args[0])) : int(part.args[0]);
        case 'binary':
          if (part.fn === 'lt' || part.fn === 'eq') return v.and(mask(place), f.i32x4(1));
          return f.op(intOpcodes[part.fn]!, int(part.args[0]), int(part.args[1]));
        case 'select':
          return select(part.args, int);
      }
    });
  }

  /** A comparison as ones and zeros in all bits of a lane. */
  function mask(place: number): Pushed {
    return shared(place, 'mask', () => {
      const part = parts[place];
      if (part.kind === 'binary' && (part.fn === 'lt' || part.fn === 'eq')) {
        const [a, b] = part.args;
        if (whole[place]) return f.op(part.fn === 'lt' ? 'i32x4.lt_s' : 'i32x4.eq', int(a), int(b));
        return f.op(part.fn === 'lt' ? 'f32x4.lt' : 'f32x4.eq', float(a), float(b));
      }
      return whole[place]
        ? f.op('i32x4.ne', int(place), f.i32x4(0))
        : f.op('f32x4.ne', float(place), f.f32x4(0));
    });
  }

  function select([condition, a, b]: readonly number[], value: (place: number) => Pushed): Pushed {
    return v.select(value(a), value(b), mask(condition));
  }

  return typing.output === 'int32' ? int : float;
}

/** Emits a graph's only expression. */
export function emitExpression(...args: Parameters<typeof expressionEmitter>): Pushed {
  const [, , { roots }] = args;
  return expressionEmitter(...args)(roots[0]);
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

/** Which parts are int32: of a float32 result only what it reads, of an int32 result all that follows from such. */
function wholeParts(parts: readonly Part[], { inputs, output }: Typing): readonly boolean[] {
  const whole: boolean[] = [];
  const inInt32 = output === 'int32';
  for (const part of parts) {
    switch (part.kind) {
      case 'input':
        whole.push(inputs[part.index] === 'int32');
        break;
      case 'coordinate':
        whole.push(true);
        break;
      case 'constant':
        whole.push(inInt32 && part.value === (part.value | 0));
        break;
      case 'unary':
        whole.push(inInt32 && (part.fn === 'neg' || part.fn === 'floor') && whole[part.args[0]]);
        break;
      case 'binary':
        whole.push(inInt32 && part.fn in intOpcodes && part.args.every((arg) => whole[arg]));
        break;
      case 'select':
        whole.push(inInt32 && whole[part.args[1]] && whole[part.args[2]]);
        break;
    }
  }
  return whole;
}

type Constant = Part & { readonly kind: 'constant' };

/** Beyond 2 to this power, and below its reciprocal, a division is not made a multiplication. */
export const reciprocalExponent = 100;
/** Beyond 2 to this power, and below its reciprocal, a divisor is moved to the middle of float32's range. */
export const scaledExponent = 64;

/** Numbers whose reciprocals float32 holds with all its digits. */
const hasReciprocal = (part: Part): part is Constant =>
  part.kind === 'constant' && Math.abs(Math.log2(Math.abs(part.value))) < reciprocalExponent;

const isNumber = (part: Part): boolean => part.kind === 'constant' && !Number.isNaN(part.value);

const floatOpcodes: Readonly<Record<Exclude<BinaryFunction, 'lt' | 'eq' | 'pow' | 'maximum'>, Opcode>> = {
  add: 'f32x4.add',
  sub: 'f32x4.sub',
  mul: 'f32x4.mul',
  div: 'f32x4.div',
};

const intOpcodes: Readonly<Partial<Record<BinaryFunction, Opcode>>> = {
  add: 'i32x4.add',
  sub: 'i32x4.sub',
  mul: 'i32x4.mul',
  maximum: 'i32x4.max_s',
  lt: 'i32x4.lt_s',
  eq: 'i32x4.eq',
};

function calledPow({ kernel, module, features, host }: Context): FunctionIndex {
  const write = (): FunctionIndex =>
    module.function({ params: ['v128', 'v128'], results: ['v128'] }, (f, a, b) => {
      pow(vectors(f, features), a, b, host.pow);
    });
  return kernel('pow', () => ({ index: write(), scratch: 0 })).index;
}
