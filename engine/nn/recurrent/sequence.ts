/** What recurrent layers share: their weights, the check of their shapes, and the walk over the steps of a sequence. */
import { requireTensor } from '../../core/arguments.js';
import { ShapeError } from '../../core/errors.js';
import { isPlainObject } from '../../core/options.js';
import { formatShape } from '../../core/shape.js';
import { sameShape } from '../../ir/layout.js';
import type { Tensor } from '../../core/tensor.js';
import { scan } from '../../control/scan/scan.js';
import { narrow } from '../../ops/index.js';

/**
 * Weights of inputs and hidden values, with the rows of all gates one below the other:
 * `wi [gates*hidden, in]`, `wh [gates*hidden, hidden]`, `bi` and `bh [gates*hidden]`.
 */
export interface RecurrentWeights {
  readonly wi: Tensor;
  readonly wh: Tensor;
  readonly bi: Tensor;
  readonly bh: Tensor;
}

/** @throws UsageError unless `value` is an object with a tensor of each name. */
export function requireTensors(caller: string, what: string, value: unknown, names: readonly string[]): void {
  for (const name of names)
    requireTensor(
      caller,
      isPlainObject(value) ? value[name] : value,
      `${what} as an object of the tensors ${names.join(', ')}`,
    );
}

/**
 * The number of hidden values. The tensors of `initial`, by their names in errors, must be `[batch, hidden]`.
 * @throws ShapeError for shapes that do not fit together.
 */
export function checkSequence(
  caller: string,
  gates: number,
  x: Tensor,
  weights: RecurrentWeights,
  initial: Readonly<Record<string, Tensor | undefined>>,
): number {
  requireTensors(caller, 'the weights', weights, ['wi', 'wh', 'bi', 'bh']);
  const { wi, wh, bi, bh } = weights;
  if (x.rank !== 3 || x.shape[0] === 0)
    throw new ShapeError(
      `${caller}: takes a sequence [time,batch,in] of at least one step, got ${formatShape(x.shape)}.`,
    );
  if (wh.rank !== 2)
    throw new ShapeError(
      `${caller}: wh must be [${gates === 1 ? '' : `${gates}*`}hidden,hidden], got ${formatShape(wh.shape)}.`,
    );
  const [[, batch, size], hidden] = [x.shape, wh.shape[1]];
  const expected: readonly (readonly [string, Tensor | undefined, readonly number[]])[] = [
    ['wh', wh, [gates * hidden, hidden]],
    ['wi', wi, [gates * hidden, size]],
    ['bi', bi, [gates * hidden]],
    ['bh', bh, [gates * hidden]],
    ...Object.entries(initial).map(([name, tensor]) => [name, tensor, [batch, hidden]] as const),
  ];
  for (const [name, tensor, shape] of expected) {
    if (tensor !== undefined && !sameShape(tensor.shape, shape))
      throw new ShapeError(
        `${caller}: with x ${formatShape(x.shape)} and wh ${formatShape(wh.shape)}, ${name} must be ${formatShape(shape)}, got ${formatShape(tensor.shape)}.`,
      );
  }
  return hidden;
}

/**
 * The states of a recurrence over `x [time, ...]`, from the last step to the first if `reverse`: `output [time, ...]` holds
 * `hiddenOf` the state after each step, and `final` is the state after the step taken last.
 */
export function recur<State>(
  x: Tensor,
  reverse: boolean,
  initial: State,
  advance: (input: Tensor, state: State) => State,
  hiddenOf: (state: State) => Tensor,
): { readonly output: Tensor; readonly final: State } {
  const [final, output] = scan(
    (state: State, input: Tensor) => {
      const next = advance(input, state);
      return [next, hiddenOf(next)];
    },
    initial,
    x,
    { reverse },
  );
  return { output, final };
}

/** The columns of gate number k of `[batch, gates*hidden]`. */
export const gateOf = (gates: Tensor, k: number, hidden: number): Tensor =>
  narrow(gates, 1, k * hidden, (k + 1) * hidden);
