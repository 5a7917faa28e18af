/** Which derivatives of a field are compared: all, or some directions and the entries at which they are wrong. */
import type { Generator } from '../random/generator.js';
import { type Derivative, compareDerivatives } from './comparison.js';
import { type FlatField, rangeOf, sizeOfAll } from './flat.js';
import { type Probe, elementProbe, elementProbes, randomProbe, randomProbes } from './probe.js';
import { type GradientProblem, excessOf, isWrong, nondeterminismProblem } from './report.js';

/** The most elements of arguments or results for which all derivatives are compared; for more, random directions are. */
const fullJacobian = 128;

/** The derivatives of every element, or along random directions where there are too many. */
export function derivativesOf(field: FlatField, directions: number, random: Generator): Derivative[] {
  const { inputs, outputs } = field;
  if (Math.max(sizeOfAll(inputs), sizeOfAll(outputs)) <= fullJacobian)
    return compareDerivatives(field, elementProbes(outputs), elementProbes(inputs));
  const along = randomProbes(inputs, directions, random);
  return compareDerivatives(field, randomProbes(outputs, directions, random), along).map((derivative) =>
    isWrong(derivative) ? narrowed(field, derivative, random) : derivative,
  );
}

/** The derivative along one entry, found by halving a direction in which it is wrong. */
function narrowed(field: FlatField, derivative: Derivative, random: Generator): Derivative {
  const { result, argument } = derivative;
  const along = (probes: readonly Probe[]): Derivative[] => compareDerivatives(field, [result], probes);
  let [from, to] = rangeOf(field.inputs, argument.slot);
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    const [lower, upper] = along([
      randomProbe(field.inputs, argument.slot, [from, middle], random),
      randomProbe(field.inputs, argument.slot, [middle, to], random),
    ]);
    if (excessOf(lower) > excessOf(upper)) to = middle;
    else from = middle;
  }
  const [entry] = along([elementProbe(field.inputs, argument.slot, from)]);
  return isWrong(entry) ? entry : derivative;
}

/**
 * The first difference between two runs, one without and one with gradients: such a function has no derivative to check. A
 * function with a rule of its own may be computed in another order when it is differentiated, so rounding is no difference.
 */
export function nondeterminism(
  { point, evaluate, value, pullback, outputs, inputs, precision }: FlatField,
  again: () => FlatField,
  order: number,
  random: Generator,
): GradientProblem | null {
  const cotangent = random.normal(value.length, { dtype: 'float64' });
  const names = [...elementProbes(outputs), ...elementProbes(inputs)].map(({ name }, i) =>
    i < value.length ? name : `the gradient for ${name}`,
  );
  const first = [...evaluate(point), ...pullback(cotangent)];
  const second = [...value, ...again().pullback(cotangent)];
  const place = first.findIndex((number, i) => {
    const other = second[i];
    const allowed = precision.rounding * Math.max(Math.abs(number), Math.abs(other));
    return !Object.is(number, other) && !(Math.abs(number - other) <= allowed);
  });
  return place < 0 ? null : nondeterminismProblem(names[place], first[place], second[place], order);
}
