import { add, cos, floor, mul, neg, sin } from '../../engine/index.js';
import type { MultiOperation } from '../../engine/core/tensor.js';

/** An operation with several results: the sine and the cosine of x, and a third that no gradient leaves. */
export const turn: MultiOperation<null> = {
  name: 'turn',
  signatures: ([x]) => [x, x, x],
  compute: ([x]) => [sin(x), cos(x), floor(x)],
  cut: (_, result) => (result === 2 ? 'it is constant between its steps' : null),
  pull([s, c], { results: [sine, cosine] }) {
    const terms = [s && mul(s, cosine), c && neg(mul(c, sine))].filter((term) => term !== undefined);
    return [terms.reduce((a, b) => add(a, b))];
  },
};
