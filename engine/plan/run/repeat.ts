import { requireFunction } from '../../core/arguments.js';
import { isIntegerFrom, requireKind } from '../../core/options.js';
import { type BackendName, type BackendOptions, readBackend } from './backends.js';
import { callerOf } from './caller.js';
import { compileStepper } from './loop.js';

/**
 * Many steps in one call: `repeat(n, step)(carry, items, ...rest)` computes
 *
 *     for k = 0 to n-1:   [carry, outs[k]] = step(carry, items[k], ...rest)
 *
 * and returns `[carry, outs]`. `items` is a tree of tensors `[n, ...]` of which each step gets its part `[...]`, such as
 * the batches of an epoch; `outs` is the tree of tensors that the steps put out, stacked likewise; `rest` is the same for
 * every step. One step is compiled and run n times. The carry stays in the plan's memory from step to step and from call
 * to call: it is donated (see `compile`).
 *
 * Inside of a gradient, and inside of another compiled function, it is the loop that it stands for.
 *
 * @throws UsageError where `compile` does, and if a step returns a carry of another structure.
 */
export function repeat<Carry, Items, Rest extends readonly unknown[], Outs>(
  n: number,
  step: (carry: Carry, item: Items, ...rest: Rest) => readonly [Carry, Outs],
  options: BackendName | 'auto' | BackendOptions = {},
): (carry: Carry, items: Items, ...rest: Rest) => [Carry, Outs] {
  requireKind('repeat', 'n', n, isIntegerFrom(1));
  requireFunction('repeat', step, 'n and a function');
  const caller = callerOf('repeat', step, ['the carry', 'items']);
  const stepper = compileStepper(step, readBackend('repeat', options), caller);
  return (carry, items, ...rest) => {
    const loop = stepper.start(carry, { donate: true });
    const outs = loop.steps(n, items, ...rest);
    return [loop.carry, outs];
  };
}
