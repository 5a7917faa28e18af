/** Errors of backends while a plan is compiled or runs; plan/run/failure.ts turns them into errors for users. */
import { LinAlgError } from '../core/errors.js';

/** An index outside its axis. */
export class IndexError extends RangeError {
  override readonly name = 'IndexError';
}

/**
 * The index by which a `whileLoop` says that it has reached its bound: so its check takes the way of all indices. Exact in float32,
 * as indices are on GPUs.
 */
export const boundReached = -7919993;

/** @throws always, for index `number` of `count`. */
export function indexOutOfRange(
  access: 'gather' | 'scatterAdd',
  index: number,
  which: string,
  size: number,
): never {
  if (index === boundReached)
    throw new IndexError(
      'whileLoop: the condition is still true after the last step that max allows; raise max.',
    );
  throw new IndexError(
    `${access}: index ${index} (${which}) is outside an axis of size ${size}; ` +
      (size === 0 ? 'it has none.' : `valid are 0 to ${size - 1}.`),
  );
}

/** An error of a loop says in which step it occurred. */
export function inStep(error: unknown, step: number): void {
  if (error instanceof Error) error.message += ` This was in step ${step} of a loop.`;
}

/** The operations that some matrices have no result for; kernels pass their position in this list. */
export const refusing = ['cholesky', 'solve', 'solveTriangular'] as const;

/** @throws LinAlgError always, for matrix `number` of `count`, whose pivot in `column` cannot be used. */
export function refuseMatrix(
  operation: (typeof refusing)[number],
  number: number,
  count: number,
  column: number,
): never {
  const matrix = count === 1 ? 'the matrix' : `matrix number ${number} of ${count}`;
  const why = {
    cholesky: `not positive definite: the pivot of column ${column} is not above 0`,
    solve: `singular: no pivot is left in column ${column}`,
    solveTriangular: `singular: element [${column},${column}] is 0`,
  }[operation];
  throw new LinAlgError(`${operation}: ${matrix} is ${why}.`);
}

/** A plan needs more memory than there is. */
export class MemoryError extends RangeError {
  override readonly name = 'MemoryError';
}

/** What `allocate` returns; a MemoryError where it cannot. */
export function allocated<Memory>(allocate: () => Memory, why: string): Memory {
  try {
    return allocate();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new MemoryError(why, { cause: error });
  }
}
