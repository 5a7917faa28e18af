import { refusePromise, requireFunction } from '../core/arguments.js';
import { type Kinds, isIntegerFrom, readOptions } from '../core/options.js';
import type { Tensor } from '../core/tensor.js';
import { boundReached } from '../backends/errors.js';
import { cast, gatherRows, reshape, where } from '../primitives/index.js';
import { cond, requirePredicate } from './cond/cond.js';
import { scan } from './scan/scan.js';
import { filled, leavesAt, tensorsLike } from './trees.js';

export interface WhileOptions {
  /** The most steps; a loop that is not done after them is an error. */
  readonly max: number;
}

const kinds: Kinds<WhileOptions> = { max: isIntegerFrom(1) };

/**
 * The carry after steps `carry = step(carry)` as long as `condition(carry)`, a tensor of one number, is not 0. The carry is a tree
 * of tensors that keeps its structure, shapes and dtypes; both functions may use tensors from outside.
 *
 * Differentiable to any order. It is a `scan` of `max` steps, each a `cond`: the step is computed only while the condition holds,
 * and the condition `max + 1` times. A gradient keeps the carry of each of the `max` steps.
 * @throws ShapeError when the condition is still true after `max` steps, by the way of indices out of range: in compiled functions too.
 */
export function whileLoop<Carry>(
  condition: (carry: Carry) => Tensor,
  step: (carry: Carry) => Carry,
  carry: Carry,
  options: WhileOptions,
): Carry {
  requireFunction('whileLoop', condition, 'a condition, a function of the carry');
  requireFunction('whileLoop', step, 'a step, a function of the carry');
  const { max } = readOptions<WhileOptions>('whileLoop', options, kinds, { required: ['max'] });
  leavesAt('whileLoop', 'carry', carry);
  const goesOn = (at: Carry): Tensor => {
    const predicate = condition(at);
    refusePromise('whileLoop', predicate);
    requirePredicate('whileLoop', predicate);
    return predicate;
  };
  const next = (at: Carry): Carry => {
    const result = step(at);
    refusePromise('whileLoop', result);
    const after = leavesAt('whileLoop', 'carry', result);
    const tensors = tensorsLike('whileLoop', leavesAt('whileLoop', 'carry', at), after, {
      gives: 'the step returns',
      rule: 'a carry keeps its structure, shapes and dtypes',
    });
    return filled(at, tensors);
  };
  const [last] = scan(
    (at: Carry) => [cond(goesOn(at), next, (same) => same, at), undefined],
    carry,
    undefined,
    { length: max },
  );
  // Each tensor is looked up in a table of itself alone, by an index that is out of range where the loop is not done.
  const index = cast(where(goesOn(last), boundReached, 0), 'int32');
  const checked = leavesAt('whileLoop', 'carry', last).map(({ tensor }) =>
    gatherRows(reshape(tensor, [1, ...tensor.shape]), index, 0),
  );
  return filled(last, checked);
}
