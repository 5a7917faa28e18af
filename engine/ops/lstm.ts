import { requireTensor } from '../core/arguments.js';
import { ShapeError } from '../core/errors.js';
import { composite } from '../core/composite.js';
import { type Kinds, isAny, isBoolean, isPlainObject, readOptions } from '../core/options.js';
import { formatShape } from '../core/shape.js';
import { sameShape } from '../ir/layout.js';
import type { Tensor } from '../core/tensor.js';
import { add, mul, reshape, sigmoid, tanh } from '../primitives/index.js';
import { zeros } from './create.js';
import { linear } from './linear.js';
import { narrow, stack } from './movement.js';

/** The state of an LSTM between steps: hidden values h and cell values c, both `[batch, hidden]`. */
export interface LstmState {
  readonly h: Tensor;
  readonly c: Tensor;
}

/** Rows in the order of the gates i, f, g, o, as in PyTorch: `wi [4*hidden, in]`, `wh [4*hidden, hidden]`, `bi` and `bh [4*hidden]`. */
export interface LstmWeights {
  readonly wi: Tensor;
  readonly wh: Tensor;
  readonly bi: Tensor;
  readonly bh: Tensor;
}

export interface LstmOptions {
  /** The state before the first step; default zeros. */
  readonly initial?: LstmState;
  /** Goes from the last step to the first, as one half of a bidirectional LSTM does; output t still belongs to x[t]. */
  readonly reverse?: boolean;
}

const lstmKinds: Kinds<LstmOptions> = { initial: isAny, reverse: isBoolean };

export interface LstmResult {
  readonly output: Tensor;
  readonly final: LstmState;
}

/**
 * A long short-term memory over a sequence x `[time, batch, in]`:
 *
 *     i, f, o = sigmoid(wi x[t] + bi + wh h + bh)    g = tanh(same)    each with its own quarter of the rows
 *     c = f*c + i*g
 *     h = o*tanh(c)
 *
 * `output [time, batch, hidden]` holds h after every step; `final` is the state after the last step taken, and
 * continues the sequence as `initial` of another call. Hochreiter and Schmidhuber 1997, Gers et al. 2000.
 */
export const lstm = composite(
  'lstm',
  1,
  (x: Tensor, weights: LstmWeights, options?: LstmOptions): LstmResult => {
    const { initial, reverse = false } = readOptions<LstmOptions>('lstm', options, lstmKinds);
    requireTensors('lstm', 'the weights', weights, ['wi', 'wh', 'bi', 'bh']);
    if (initial !== undefined) requireTensors('lstm', 'the initial state', initial, ['h', 'c']);
    const { wi, wh, bi, bh } = weights;
    const hidden = wh.shape[1];
    checkShapes(x, weights, hidden, initial);
    const blank = zeros([x.shape[1], hidden], { dtype: x.dtype });
    let state = initial ?? { h: blank, c: blank };
    // The part of the gates that comes from x does not depend on the state, so it is one matrix product for all steps.
    const inputs = steps(linear(x, wi, add(bi, bh)));
    if (reverse) inputs.reverse();
    const outputs = inputs.map((input) => {
      state = advance(add(input, linear(state.h, wh)), state.c, hidden);
      return state.h;
    });
    if (reverse) outputs.reverse();
    return { output: stack(outputs), final: state };
  },
);

/** The hidden values `[time, batch, hidden]` of an LSTM that starts from zeros: the `output` of `lstm`. */
export const lstmSequence = composite(
  'lstmSequence',
  5,
  (x: Tensor, wi: Tensor, wh: Tensor, bi: Tensor, bh: Tensor): Tensor => lstm(x, { wi, wh, bi, bh }).output,
);

function requireTensors(caller: string, what: string, value: unknown, names: readonly string[]): void {
  for (const name of names)
    requireTensor(
      caller,
      isPlainObject(value) ? value[name] : value,
      `${what} as an object of the tensors ${names.join(', ')}`,
    );
}

function advance(gates: Tensor, before: Tensor, hidden: number): LstmState {
  const gate = (k: number): Tensor => narrow(gates, 1, k * hidden, (k + 1) * hidden);
  const kept = mul(sigmoid(gate(1)), before);
  const c = add(kept, mul(sigmoid(gate(0)), tanh(gate(2))));
  return { h: mul(sigmoid(gate(3)), tanh(c)), c };
}

/**
 * x[0], x[1], ..., by halves: the gradient of a slice is as large as what it was cut from, so cutting every step
 * from the whole would cost the square of the number of steps.
 */
function steps(x: Tensor): Tensor[] {
  const n = x.shape[0];
  if (n === 1) return [reshape(x, x.shape.slice(1))];
  const half = n >> 1;
  return [...steps(narrow(x, 0, 0, half)), ...steps(narrow(x, 0, half, n))];
}

function checkShapes(
  x: Tensor,
  { wi, wh, bi, bh }: LstmWeights,
  hidden: number,
  initial: LstmState | undefined,
): void {
  if (x.rank !== 3 || x.shape[0] === 0)
    throw new ShapeError(
      `lstm: takes a sequence [time,batch,in] of at least one step, got ${formatShape(x.shape)}.`,
    );
  if (wh.rank !== 2)
    throw new ShapeError(`lstm: wh must be [4*hidden,hidden], got ${formatShape(wh.shape)}.`);
  const [, batch, size] = x.shape;
  const state = [batch, hidden];
  const expected: readonly (readonly [string, Tensor | undefined, readonly number[]])[] = [
    ['wh', wh, [4 * hidden, hidden]],
    ['wi', wi, [4 * hidden, size]],
    ['bi', bi, [4 * hidden]],
    ['bh', bh, [4 * hidden]],
    ['initial.h', initial?.h, state],
    ['initial.c', initial?.c, state],
  ];
  for (const [name, tensor, shape] of expected) {
    if (tensor !== undefined && !sameShape(tensor.shape, shape))
      throw new ShapeError(
        `lstm: with x ${formatShape(x.shape)} and wh ${formatShape(wh.shape)}, ${name} must be ${formatShape(shape)}, got ${formatShape(tensor.shape)}.`,
      );
  }
}
