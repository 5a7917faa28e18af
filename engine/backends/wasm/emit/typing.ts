import type { DType } from '../../../ir/kernel.js';
import type { BinaryFunction } from '../../../ir/expression.js';
import type { Opcode } from '../assembler/opcodes.js';
import type { Part } from './graph.js';
import { type Float, float32, float64 } from './vector.js';

/** The dtypes of an expression's operands and of its result. */
export interface Typing {
  readonly inputs: readonly DType[];
  readonly output: DType;
}

/** The kind of numbers in which an expression is computed: float64 if one of its operands or its result is. */
export const kindOf = ({ inputs, output }: Typing): Float =>
  output === 'float64' || inputs.includes('float64') ? float64 : float32;

/** Which parts are int32: of a float result only what it reads, of an int32 result all that follows from such. */
export function wholeParts(parts: readonly Part[], { inputs, output }: Typing): readonly boolean[] {
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

/** The binary functions that int32 has instructions for. */
export const intOpcodes: Readonly<Partial<Record<BinaryFunction, Opcode>>> = {
  add: 'i32x4.add',
  sub: 'i32x4.sub',
  mul: 'i32x4.mul',
  maximum: 'i32x4.max_s',
  lt: 'i32x4.lt_s',
  eq: 'i32x4.eq',
};
