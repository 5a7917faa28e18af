/** The operation `scan`: a loop of a closed step, whose gradient is a loop of the transposed step the other way round. */
import { isFloat } from '../../core/dtype.js';
import { runInside } from '../../core/inside.js';
import { dispatchMulti } from '../../core/siblings.js';
import { type Tensor, liveScopes } from '../../core/tensor.js';
import { zeros } from '../../grad/cotangents.js';
import { cat, narrow } from '../../ops/movement.js';
import {
  type ControlOperation,
  type Loop,
  type Plan,
  evaluatePlan,
  makePlan,
} from '../../plan/trace/plan.js';
import { reshape } from '../../primitives/index.js';
import { cutInside, loopCutsOf } from '../flow.js';
import { remembered } from '../remembered.js';
import { batchLoop } from './batch.js';
import { transposed } from './transpose.js';

export const scanOperation: ControlOperation<Loop> = {
  name: 'scan',
  signatures: (_, { body, carry, length }) =>
    body.outputs.map(({ shape, dtype }, k) => ({ shape: k < carry ? shape : [length, ...shape], dtype })),

  compute(inputs, { body, carry, items, length, reverse }) {
    const [rows, constants] = [inputs.slice(carry, carry + items), inputs.slice(carry + items)];
    let state = inputs.slice(0, carry);
    const outs: (readonly Tensor[])[] = [];
    for (let i = 0; i < length; i++) {
      const k = reverse ? length - 1 - i : i;
      const results = runInside(`step ${k} of scan`, () =>
        evaluatePlan(body, [...state, ...rows.map((row) => rowOf(row, k)), ...constants]),
      );
      state = results.slice(0, carry);
      outs[k] = results.slice(carry);
    }
    return [...state, ...outs[0].map((_, j) => stacked(outs.map((out) => out[j])))];
  },

  inWords: () => 'the VJPs of the steps, in reverse order',

  cut: ({ body, carry }, result, input) => cutInside('the step', loopCutsOf(body, carry)[result][input]),

  /** Carries that the transposed step will read are further outs, so that they are kept. */
  apply(inputs, loop) {
    const { body } = loop;
    const cuts = loopCutsOf(body, loop.carry);
    const wanted = inputs.map((input, i) => liveScopes(input) !== 0 && cuts.some((row) => row[i] === null));
    if (!wanted.includes(true)) return dispatchMulti(scanOperation, inputs, loop);
    const has = body.outputs.map(({ dtype }) => isFloat(dtype));
    const keeping = withCarriesOut(loop, transposed(loop, has, wanted).carriesRead);
    return dispatchMulti(scanOperation, inputs, keeping).slice(0, body.outputs.length);
  },

  batch: (inputs, loop, size) =>
    batchLoop(inputs, loop, size, (x, batched) => scanOperation.apply(x, batched)),

  pull(cotangents, { inputs, results, params: loop }, wanted) {
    const back = transposed(
      loop,
      cotangents.map((g) => g !== undefined),
      wanted,
    );
    const { body, carries, constants, items, outs, carriesRead, itemsRead, constantsRead } = back;
    const keeping = withCarriesOut(loop, carriesRead);
    const kept = keeping === loop ? results : dispatchMulti(scanOperation, inputs, keeping);
    const itemsOfBack = [
      ...carriesRead.map((i) => kept[outOfCarry(keeping, i)]),
      ...itemsRead.map((i) => inputs[i]),
      ...outs.map((k) => cotangents[k]!),
    ];
    const pulled = scanOperation.apply(
      [
        ...carries.map((i) => cotangents[i] ?? zeros(inputs[i])),
        ...constants.map((i) => zeros(inputs[i])),
        ...itemsOfBack,
        ...constantsRead.map((i) => inputs[i]),
      ],
      {
        kind: 'loop',
        body,
        carry: carries.length + constants.length,
        items: itemsOfBack.length,
        length: loop.length,
        reverse: !loop.reverse,
      },
    );
    const gradients: Tensor[] = [];
    [...carries, ...constants, ...items].forEach((i, j) => (gradients[i] = pulled[j]));
    return gradients;
  },
};

/** The result that stacks the values of a carry at the beginning of each step; -1 if none does. */
const outOfCarry = ({ body, carry }: Loop, i: number): number =>
  body.outputs.findIndex(({ id }, k) => k >= carry && id === body.inputs[i].id);

/** Bodies with carries among their outs, so that what is known of a body is found again. */
const extended = remembered<Plan>();

/** The loop with further outs, if need be, for the values of carries at the beginning of each step. */
function withCarriesOut(loop: Loop, carries: readonly number[]): Loop {
  const missing = carries.filter((i) => outOfCarry(loop, i) < 0);
  if (missing.length === 0) return loop;
  const { inputs, outputs } = loop.body;
  const body = extended(loop.body, missing.join(), () =>
    makePlan({ ...loop.body, outputs: [...outputs, ...missing.map((i) => inputs[i])] }),
  );
  return { ...loop, body };
}

const rowOf = (x: Tensor, k: number): Tensor => reshape(narrow(x, 0, k, k + 1), x.shape.slice(1));

/** Rows joined along a new first axis, by groups: to join many parts at once takes the square of their number. */
function stacked(rows: readonly Tensor[]): Tensor {
  let parts = rows.map((row) => reshape(row, [1, ...row.shape]));
  while (parts.length > 1) {
    const groups = Array.from({ length: Math.ceil(parts.length / 256) }, (_, i) =>
      parts.slice(256 * i, 256 * i + 256),
    );
    parts = groups.map((group) => cat(group));
  }
  return parts[0];
}
