/**
 * Every error of the engine reads `operation: what is wrong, with the values; how to mend it.` The operation is the one
 * that the user called (caller.ts).
 */
import { inCallersName } from './caller.js';

class OperationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(inCallersName(message), options);
  }
}

/** Shapes that do not fit together, or an axis or index that a shape does not have. */
export class ShapeError extends OperationError {
  override readonly name = 'ShapeError';
}

/** Element types that an operation does not take, or that were mixed. */
export class DTypeError extends OperationError {
  override readonly name = 'DTypeError';
}

/** A tensor read as a number while a gradient or a trace still needs to see through it. */
export class TrackedReadError extends OperationError {
  override readonly name = 'TrackedReadError';
}

/** A parameter that cannot influence the differentiated result. */
export class UnreachedError extends Error {
  override readonly name = 'UnreachedError';
  constructor(
    message: string,
    /** Tree paths of the parameters, as in `layers.0.weight`. */
    readonly paths: readonly string[],
  ) {
    super(message);
  }
}

/** A call that cannot work; the message says which one does. */
export class UsageError extends OperationError {
  override readonly name = 'UsageError';
}

/** A matrix without what was asked for: an inverse, a solution or a Cholesky factor. */
export class LinAlgError extends OperationError {
  override readonly name = 'LinAlgError';
}

/** A file that is not what it should be, with its path or the byte where reading stopped. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}
