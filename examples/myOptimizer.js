/** Momentum whose length is fixed, tensor by tensor: `metagrad compare examples/myOptimizer.js` says what it is worth. */
import { add, div, mean, mul, neg, sqrt, square, sub, zerosLike } from 'metagrad';
import { defineRule, perParameter, positive, unit } from 'metagrad/optimizers';

/** m = momentum * m + (1 - momentum) * grad;  delta = -lr * m / rms(m) */
export default defineRule({
  name: 'normalized',
  hyper: { lr: positive(0.01), momentum: unit(0.9) },
  ...perParameter({
    slots: { m: zerosLike },
    update:
      ({ lr, momentum }) =>
      ({ grad, slots }) => {
        const m = add(mul(momentum, slots.m), mul(sub(1, momentum), grad));
        return { delta: neg(div(mul(lr, m), add(sqrt(mean(square(m))), 1e-8))), slots: { m } };
      },
  }),
});

/** What is tuned, and where; without it, lr from 1e-5 to 1. */
export const space = { lr: { low: 1e-5, high: 1, log: true }, momentum: { low: 0, high: 0.99 } };
