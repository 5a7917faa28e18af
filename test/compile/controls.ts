/** A loop and a choice as operations that are compiled, without gradients, and the same written out in JavaScript. */
import { type Tensor, narrow, reshape, stack } from '../../engine/index.js';
import { dispatchMulti } from '../../engine/core/siblings.js';
import {
  type Choice,
  type Control,
  type ControlOperation,
  type Loop,
  evaluatePlan,
} from '../../engine/plan/trace/plan.js';
import { traceClosed } from '../../engine/plan/trace/trace.js';

type Step = (
  carry: readonly Tensor[],
  items: readonly Tensor[],
) => readonly [readonly Tensor[], readonly Tensor[]];

interface Around {
  readonly carry: readonly Tensor[];
  readonly items?: readonly Tensor[];
  readonly length: number;
  readonly reverse?: boolean;
}

const row = (x: Tensor, k: number): Tensor => reshape(narrow(x, 0, k, k + 1), x.shape.slice(1));

/** The carry after the last step, and the stacked outs. */
export function writtenOut(step: Step, { carry, items = [], length, reverse = false }: Around): Tensor[] {
  const outs: (readonly Tensor[])[] = [];
  for (let i = 0; i < length; i++) {
    const k = reverse ? length - 1 - i : i;
    const [next, out] = step(
      carry,
      items.map((x) => row(x, k)),
    );
    carry = next;
    outs.push(out);
  }
  if (reverse) outs.reverse();
  return [...carry, ...outs[0].map((_, i) => stack(outs.map((out) => out[i])))];
}

const never = (): never => {
  throw new Error('no gradients here');
};

const operation = <Params extends Control>(
  name: string,
  parts: Pick<ControlOperation<Params>, 'signatures' | 'compute'>,
): ControlOperation<Params> => {
  const made: ControlOperation<Params> = {
    name,
    cut: () => 'gradients are tested elsewhere',
    pull: never,
    batch: never,
    apply: (inputs, params) => dispatchMulti(made, inputs, params),
    ...parts,
  };
  return made;
};

const looping = operation<Loop>('looping', {
  signatures: (_, { body, carry, length }) =>
    body.outputs.map(({ shape, dtype }, i) => ({ shape: i < carry ? shape : [length, ...shape], dtype })),
  compute: (inputs, { body, carry, items, length, reverse }) =>
    writtenOut(
      (state, rows) => {
        const results = evaluatePlan(body, [...state, ...rows, ...inputs.slice(carry + items)]);
        return [results.slice(0, carry), results.slice(carry)];
      },
      { carry: inputs.slice(0, carry), items: inputs.slice(carry, carry + items), length, reverse },
    ),
});

/** The same as one operation. */
export function loop(step: Step, { carry, items = [], length, reverse = false }: Around): readonly Tensor[] {
  const rows = items.map(({ shape, dtype }) => ({ shape: shape.slice(1), dtype }));
  const { plan, captured } = traceClosed(
    'loop',
    [...carry, ...rows],
    (tensors) => step(tensors.slice(0, carry.length), tensors.slice(carry.length)),
    ([next, outs]) => [...next, ...outs],
  );
  const params: Loop = {
    kind: 'loop',
    body: plan,
    carry: carry.length,
    items: items.length,
    length,
    reverse,
  };
  return looping.apply([...carry, ...items, ...captured], params);
}

const choosing = operation<Choice>('choosing', {
  signatures: (_, { branches }) => branches[0].outputs.map(({ shape, dtype }) => ({ shape, dtype })),
  compute: ([condition, ...others], { branches }) =>
    evaluatePlan(branches[condition.item() === 0 ? 1 : 0], others),
});

/** The results of the first function where the condition is not 0, else of the second. */
export function choose(
  condition: Tensor,
  first: (inputs: readonly Tensor[]) => readonly Tensor[],
  second: (inputs: readonly Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[],
): readonly Tensor[] {
  const branches = [first, second].map((f) => traceClosed('choose', inputs, f, (results) => results));
  for (const { captured } of branches) if (captured.length > 0) throw new Error('pass it as an input');
  const [a, b] = branches.map(({ plan }) => plan);
  return choosing.apply([condition, ...inputs], { kind: 'choice', branches: [a, b] });
}
