/** Finds out where a NaN or an infinity came from. */
import { refusePromise, requireFunction } from '../core/arguments.js';
import { toTypedArray } from '../ir/array.js';
import { type BackwardStep, onVjp } from '../grad/onVjp.js';
import { callerFrame } from '../core/callSite.js';
import { type Application, type Operation, onOperation } from '../core/dispatch.js';
import { sameShape } from '../ir/layout.js';
import type { TypedArray } from '../core/dtype.js';
import { Tensor, concrete } from '../core/tensor.js';
import { formatNumber, formatParams, formatSignature } from '../plan/trace/format.js';
import { subscript } from './probe.js';

/** An operation that made a NaN or an infinity out of finite inputs. */
export interface NonFiniteOrigin extends Application<unknown> {
  readonly operation: Operation;
  /** Where the program called it, as in `at loss (train.ts:12:9)`. */
  readonly place: string;
}

/** Thrown by `trapNonFinite`. */
export class NonFiniteError extends Error {
  override readonly name = 'NonFiniteError';
  constructor(
    message: string,
    /** The first operation whose result was not finite though its inputs were; null if an argument was not. */
    readonly origin: NonFiniteOrigin | null,
    /** The VJP that made the first cotangent that was not finite; null if the way leads through none. */
    readonly backward: BackwardStep | null,
  ) {
    super(message);
  }
}

/** What is known of a tensor that is not finite. */
type Ancestry = Pick<NonFiniteError, 'origin' | 'backward'>;

/**
 * Runs `body` and returns what it returns, if all tensors in that are finite. If not, throws an error that names the
 * first operation that made a NaN or an infinity out of finite inputs and, if it got into a backward pass, the VJP
 * whose cotangent was the first not to be finite. Infinities that never reach the result (a masked logarithm of 0)
 * are no error. For debugging: every number of every operation is looked at.
 * @throws NonFiniteError
 */
export function trapNonFinite<Result>(body: () => Result): Result {
  requireFunction('trapNonFinite', body, 'the function to run');
  const ancestries = new WeakMap<object, Ancestry>();
  const ancestryOf = (tensor: Tensor): Ancestry =>
    ancestries.get(tensor.value) ?? { origin: null, backward: null };

  const operationHook = (application: Application<unknown>, operation: Operation): void => {
    const { inputs, output } = application;
    if (badPlace(output) === null) return;
    const bad = inputs.filter((input) => badPlace(input) !== null).map(ancestryOf);
    const origin =
      bad.length === 0 ? { ...application, operation, place: callerFrame() } : firstOf(bad, 'origin');
    ancestries.set(output.value, { origin, backward: firstOf(bad, 'backward') });
  };

  const vjpHook = (step: BackwardStep, run: () => Tensor): Tensor => {
    const cotangent = run();
    const { origin, backward } = ancestryOf(cotangent);
    if (backward === null && badPlace(cotangent) !== null && badPlace(step.cotangent) === null)
      ancestries.set(cotangent.value, { origin, backward: step });
    return cotangent;
  };

  const result = onOperation(operationHook, () => onVjp(vjpHook, body));
  refusePromise('trapNonFinite', result);
  for (const [path, tensor] of tensorsIn(result)) {
    const place = badPlace(tensor);
    if (place === null) continue;
    const { origin, backward } = ancestryOf(tensor);
    const found = `trapNonFinite: result${path} is ${describe(tensor, place)}.`;
    throw new NonFiniteError(
      [found, originSentence(origin), backwardSentence(backward)].filter((part) => part !== '').join('\n'),
      origin,
      backward,
    );
  }
  return result;
}

/** What is known of the origin of the first of several that has one, and likewise of the backward pass. */
function firstOf<Key extends keyof Ancestry>(
  ancestries: readonly Ancestry[],
  key: Key,
): Ancestry[Key] | null {
  return ancestries.map((ancestry) => ancestry[key]).find((known) => known !== null) ?? null;
}

/** The position of the first element that is not finite, or null. */
function badPlace(tensor: Tensor): number | null {
  if (tensor.dtype === 'int32') return null;
  const place = numbersOf(tensor).findIndex((value) => !Number.isFinite(value));
  return place < 0 ? null : place;
}

const numbersOf = (tensor: Tensor): TypedArray => toTypedArray(concrete(tensor, 'trapNonFinite'));

function describe(tensor: Tensor, place: number): string {
  const at = subscript(tensor.shape, place);
  return `${numbersOf(tensor)[place]}${at === '' ? '' : ` at ${at}`}`;
}

function originSentence(origin: NonFiniteOrigin | null): string {
  if (origin === null) return 'It was in a tensor that was given from outside.';
  const { operation, inputs, output, params, place } = origin;
  const bad = badPlace(output)!;
  const call = [operation.name, ...inputs.map(formatSignature), formatParams(params, output)];
  const aligned = inputs.filter(({ shape }) => sameShape(shape, output.shape));
  const values = aligned.map((input) => formatNumber(numbersOf(input)[bad]));
  const from = values.length === 0 ? 'finite inputs' : values.join(' and ');
  return (
    `It began with ${call.filter((part) => part !== '').join(' ')}, which made ${describe(output, bad)} out of ` +
    `${from}${place === '' ? '' : `, ${place}`}.`
  );
}

function backwardSentence(step: BackwardStep | null): string {
  if (step === null) return '';
  const { operation, input, inputs, output, params, cotangent } = step;
  const brief = formatParams(params, output);
  return (
    `The first cotangent that is not finite is the one of input ${input} of ${operation.name}${brief === '' ? '' : ` ${brief}`} ` +
    `(${formatSignature(inputs[input])}), from a finite cotangent ${formatSignature(cotangent)}.`
  );
}

/** The tensors in plain data, with where they stand as in `.grad.weight`. */
function tensorsIn(data: unknown, path = ''): [path: string, tensor: Tensor][] {
  if (data instanceof Tensor) return [[path, data]];
  const isPlain =
    typeof data === 'object' && data !== null && [Object, Array].includes(data.constructor as never);
  if (!isPlain) return [];
  return Object.entries(data).flatMap(([name, part]) => tensorsIn(part, `${path}.${name}`));
}
