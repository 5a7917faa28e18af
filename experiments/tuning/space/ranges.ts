import { describe, isPlainObject, kind, readOptions } from '../../../engine/core/options.js';
import {
  categoricalDistribution,
  type Choice,
  type Distribution,
  type FloatDistribution,
  floatDistribution,
  type IntDistribution,
  intDistribution,
  type ParameterRanges,
} from './distributions.js';
import { SearchSpaceError } from './errors.js';

/** The range of a parameter in either form: a distribution, or its ends as in a study's configuration. */
export type RangeInput =
  | Distribution
  | {
      readonly low: number;
      readonly high: number;
      readonly log?: boolean;
      readonly int?: boolean;
      readonly step?: number | null;
    }
  | { readonly choices: readonly Choice[] };

/** Ranges of parameters by name, in either form. */
export type SpaceInput = Readonly<Record<string, RangeInput>>;

const number = kind('a number', (value) => typeof value === 'number');
const switched = kind('true or false', (value) => typeof value === 'boolean');
const stepped = kind('a number or null', (value) => value === null || typeof value === 'number');
const any = kind('a value', () => true);

/**
 * The ranges of a space, checked: `{low, high}` with `log` or `step` is a float range, with `int: true` or kind `int` one of
 * integers; `{choices}` is categorical. Throws a SearchSpaceError naming the caller and a parameter without a valid range.
 */
export function rangesOf(caller: string, space: unknown): ParameterRanges {
  if (space === undefined) return {};
  if (!isPlainObject(space))
    throw new SearchSpaceError(
      `${caller}: the space is ${describe(space)}; give an object of ranges, as in { lr: { low: 1e-4, high: 1, log: true } }.`,
    );
  return Object.fromEntries(
    Object.entries(space).map(([name, range]) => [name, rangeOf(`${caller}: parameter '${name}'`, range)]),
  );
}

function rangeOf(where: string, range: unknown): Distribution {
  const isCategorical = isPlainObject(range) && (range.kind === 'categorical' || 'choices' in range);
  if (!isPlainObject(range) || !(isCategorical || ('low' in range && 'high' in range)))
    throw new SearchSpaceError(
      `${where} is ${describe(range)}, which is no range; give { low, high }, with log: true to search in log(x), or what floatDistribution, intDistribution or categoricalDistribution return.`,
    );
  return asSpaceError(() => {
    if (isCategorical) {
      const { choices } = readOptions<{ kind: string; choices: readonly Choice[] }>(where, range, {
        kind: kind("'categorical' beside choices", (value) => value === 'categorical'),
        choices: any,
      });
      return categoricalDistribution(choices, where);
    }
    const {
      int = false,
      kind: type = int ? 'int' : 'float',
      low,
      high,
      log,
      step,
    } = readOptions<Partial<(FloatDistribution | IntDistribution) & { readonly int: boolean }>>(
      where,
      range,
      {
        int: switched,
        kind: kind("'float', 'int' or 'categorical'", (value) => value === 'float' || value === 'int'),
        low: number,
        high: number,
        log: switched,
        step: stepped,
      },
    );
    if (int && type !== 'int')
      throw new SearchSpaceError(
        `${where} is of kind '${type}' and has int: true; leave one of the two out.`,
      );
    const options = { ...(log !== undefined && { log }), ...(typeof step === 'number' && { step }) };
    const distribution = type === 'int' ? intDistribution : floatDistribution;
    return distribution(low!, high!, options, where);
  });
}

/** Runs a check whose UsageError becomes a SearchSpaceError, which ends a study: no trial could run. */
export function asSpaceError<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof Error && error.name === 'UsageError')
      throw new SearchSpaceError(error.message, { cause: error });
    throw error;
  }
}
