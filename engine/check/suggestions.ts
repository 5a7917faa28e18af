/** What usually makes a whole gradient wrong in the way this one is. */
import { type Derivative, trial } from './comparison.js';
import { isWrong } from './report.js';

/** How far ratios of gradient and differences may be apart to count as equal. */
const alike = 1e-3;

/** A sentence for each argument whose gradient is wrong in a way that has a usual cause. */
export function suggestionsFor(derivatives: readonly Derivative[]): string[] {
  const slots = [...new Set(derivatives.map(({ argument }) => argument.slot))];
  return slots.flatMap((slot) => {
    const block = derivatives.filter(
      ({ argument, numeric, settled }) => argument.slot === slot && settled && Number.isFinite(numeric),
    );
    const cause = block.some(isWrong) ? causeOf(block) : undefined;
    return cause === undefined ? [] : [`The gradient for ${slotName(block[0])} ${cause}`];
  });
}

/** The name of the tensor or array without the place of the element. */
const slotName = ({ argument: { name } }: Derivative): string =>
  name.replace(/^a random direction of /, '').replace(/\[[\d,]+\]$/, '');

function causeOf(block: readonly Derivative[]): string | undefined {
  const telling = block.filter(
    ({ analytic, numeric, tolerance }) => Math.max(Math.abs(analytic), Math.abs(numeric)) > 100 * tolerance,
  );
  if (telling.every(({ analytic }) => analytic === 0)) return 'is zero throughout.';
  if (ignoresCotangent(telling))
    return 'is the same for all elements of the result: does it use the cotangent?';
  const ratios = telling.map(({ analytic, numeric }) => analytic / numeric);
  const ratio = ratios[0];
  if (!ratios.every((each) => Math.abs(each - ratio) <= alike * Math.abs(ratio))) return undefined;
  if (Math.abs(ratio + 1) <= alike) return 'has the opposite sign throughout.';
  if (Math.abs(ratio * trial - 1) <= alike) return 'is not multiplied by the cotangent.';
  return ratios.length < 2 ? undefined : `is ${factor(ratio)} the differences throughout.`;
}

/** Whether the cotangent made no difference: along each argument all results have one derivative, and some are wrong. */
function ignoresCotangent(block: readonly Derivative[]): boolean {
  const first = new Map(block.map(({ argument, analytic }) => [argument.name, analytic]));
  return (
    first.size < block.length &&
    block.some(isWrong) &&
    block.every(({ argument, analytic }) => analytic === first.get(argument.name))
  );
}

function factor(ratio: number): string {
  const inverse = Math.round(1 / ratio);
  if (Math.abs(inverse) > 1 && Math.abs(ratio * inverse - 1) <= alike)
    return inverse > 0 ? `1/${inverse} of` : `-1/${-inverse} of`;
  return `${Number(ratio.toPrecision(4))} times`;
}
