import { requireTensor } from './arguments.js';
import { calledAs, isWithinCall } from './caller.js';
import { UsageError } from './errors.js';
import { Tensor } from './tensor.js';

const ordinals = ['first', 'second', 'third', 'fourth', 'fifth'] as const;

/**
 * A public function composed of operations and other composites. Its first `tensors` arguments must be tensors, and its
 * errors begin with its name, wherever inside they are thrown. Within another composite it is just `f`. The parameters of `f`
 * have no defaults, so that their number is the most arguments that it takes.
 */
export function composite<Args extends readonly unknown[], Result>(
  name: string,
  tensors: number,
  f: (...args: Args) => Result,
): (...args: Args) => Result {
  const called = (...args: Args): Result => {
    if (isWithinCall()) return f(...args);
    return calledAs(name, () => {
      for (let i = 0; i < tensors; i++)
        if (!(args[i] instanceof Tensor))
          requireTensor(name, args[i], `a tensor as its ${ordinals[i]} argument`);
      if (args.length > f.length && f.length > 1) refuseFurther(name, args, f.length);
      return f(...args);
    });
  };
  return Object.defineProperty(called, 'name', { value: name });
}

/** @throws UsageError for further arguments: `xs.map(sum)` passes a position, which would be read as an axis. */
function refuseFurther(name: string, args: readonly unknown[], most: number): never {
  const numbers = args.filter((arg) => typeof arg === 'number');
  throw new UsageError(
    `${name}: takes at most ${most} arguments, the tensor of a method included; got ${args.length}.` +
      (numbers.length > 1
        ? ` Several sizes or axes are one list, as in [${numbers.join(',')}]; other numbers are options with names.`
        : ''),
  );
}
