/** The origin of a NaN or an infinity. */
import { refusePromise, requireFunction } from '../core/arguments.js';
import { toTypedArray } from '../ir/array.js';
import { type BackwardStep, onVjp } from '../grad/onVjp.js';
import { callerFrame } from '../core/callSite.js';
import { isPlainObject } from '../core/options.js';
import { onOperation } from '../core/dispatch.js';
import { sameShape } from '../ir/layout.js';
import type { TypedArray } from '../ir/kernel.js';
import { type Application, type Operation, Tensor, concrete } from '../core/tensor.js';
import { insideOf } from '../inspect/inside.js';
import { formatNumber, formatParams, formatSignature } from '../plan/trace/format.js';
import { subscript } from './probe.js';

/** An operation that computed a NaN or an infinity from finite inputs. */
export interface NonFiniteOrigin extends Application<unknown> {
  readonly operation: Operation;
  /** Where within a loop it was computed, as in `step 17 of scan`; empty outside of loops. */
  readonly inside: string;
  /** The call in the program, as in `at loss (train.ts:12:9)`. */
  readonly place: string;
}

/** Thrown by `trapNonFinite`. */
export class NonFiniteError extends Error {
  override readonly name = 'NonFiniteError';
  constructor(
    message: string,
    /** The first operation with finite inputs and a non-finite result; null if an argument was non-finite. */
    readonly origin: NonFiniteOrigin | null,
    /** The VJP that computed the first non-finite cotangent; null if there was none on the way. */
    readonly backward: BackwardStep | null,
  ) {
    super(message);
  }
}

/** The origin of a non-finite tensor. */
type Ancestry = Pick<NonFiniteError, 'origin' | 'backward'>;

/**
 * The result of `body`, if all tensors in it are finite. If not, throws an error that names the first operation that
 * computed a NaN or an infinity from finite inputs and, if a backward pass met it, the VJP with the first non-finite
 * cotangent. Infinities that never reach the result (a masked logarithm of 0) are no error. For debugging: it looks at
 * every number of every operation.
 * @throws NonFiniteError
 */
export function trapNonFinite<Result>(body: () => Result): Result {
  requireFunction('trapNonFinite', body, 'the function to run');
  const ancestries = new WeakMap<object, Ancestry>();
  const ancestryOf = (tensor: Tensor): Ancestry =>
    ancestries.get(tensor.value) ?? { origin: null, backward: null };

  const operationHook = (application: Application<unknown>, operation: Operation, inside: string): void => {
    const { inputs, output } = application;
    // The results of a loop have been met as those of operations inside of it.
    if (ancestries.has(output.value) || badPlace(output) === null) return;
    const bad = inputs.filter((input) => badPlace(input) !== null).map(ancestryOf);
    const origin =
      bad.length === 0 ? { ...application, operation, inside, place: callerFrame() } : firstOf(bad, 'origin');
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
    const sentence = `trapNonFinite: result${path} is ${describe(tensor, place)}.`;
    throw new NonFiniteError(
      [sentence, originSentence(origin), backwardSentence(backward)].filter((part) => part !== '').join('\n'),
      origin,
      backward,
    );
  }
  return result;
}

/** The first of several ancestries' origins, or of their backward steps, that is not null. */
function firstOf<Key extends keyof Ancestry>(
  ancestries: readonly Ancestry[],
  key: Key,
): Ancestry[Key] | null {
  return ancestries.map((ancestry) => ancestry[key]).find((step) => step !== null) ?? null;
}

/** The position of the first non-finite element, or null. */
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
  if (origin === null) return 'It was in a tensor from outside.';
  const { operation, inputs, output, inside, place } = origin;
  const bad = badPlace(output)!;
  const call = [
    operation.name,
    ...inputs.map(formatSignature),
    formatParams(insideOf(origin).params, output),
  ];
  const aligned = inputs.filter(({ shape }) => sameShape(shape, output.shape));
  const values = aligned.map((input) => formatNumber(numbersOf(input)[bad]));
  const from = values.length === 0 ? 'finite inputs' : values.join(' and ');
  return (
    `It began with ${call.filter((part) => part !== '').join(' ')}${inside === '' ? '' : ` in ${inside}`}, which computed ${describe(output, bad)} from ` +
    `${from}${place === '' ? '' : `, ${place}`}.`
  );
}

function backwardSentence(step: BackwardStep | null): string {
  if (step === null) return '';
  const { operation, input, inputs, output, cotangent } = step;
  const brief = formatParams(insideOf(step).params, output);
  return (
    `The first non-finite cotangent is the one of input ${input} of ${operation.name}${brief === '' ? '' : ` ${brief}`} ` +
    `(${formatSignature(inputs[input])}), from a finite cotangent ${formatSignature(cotangent)}.`
  );
}

/** The tensors in plain data, which may contain itself, with paths as in `.grad.weight`. */
function tensorsIn(data: unknown, path = '', visited = new Set<unknown>()): [path: string, tensor: Tensor][] {
  if (data instanceof Tensor) return [[path, data]];
  if ((!Array.isArray(data) && !isPlainObject(data)) || visited.has(data)) return [];
  visited.add(data);
  return Object.entries(data).flatMap(([name, part]) => tensorsIn(part, `${path}.${name}`, visited));
}
