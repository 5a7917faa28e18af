import { FormatError } from '../../../engine/core/errors.js';
import { isPlainObject } from '../../../engine/core/options.js';
import type { Choice, Distribution } from '../space/distributions.js';
import { floatText, parseJson, toJson } from './json.js';

/** A distribution as JSON in the form of Optuna's logs: `{"name": "FloatDistribution", "attributes": {...}}`. */
export function distributionToText(distribution: Distribution): string {
  if (distribution.kind === 'categorical') {
    return `{"name": "CategoricalDistribution", "attributes": {"choices": ${toJson(distribution.choices)}}}`;
  }
  const { kind, low, high, log, step } = distribution;
  const number = kind === 'float' ? floatText : String;
  const name = kind === 'float' ? 'FloatDistribution' : 'IntDistribution';
  const steps = step === null ? 'null' : number(step);
  return `{"name": "${name}", "attributes": {"step": ${steps}, "low": ${number(low)}, "high": ${number(high)}, "log": ${log}}}`;
}

/** The distribution of such a text. Throws a FormatError for any other text. */
export function distributionFromText(text: string): Distribution {
  const cached = parsed.get(text);
  if (cached !== undefined) return cached;
  const distribution = parse(text);
  parsed.set(text, distribution);
  return distribution;
}

/** Distributions by their text: a log repeats the same few in every trial. */
const parsed = new Map<string, Distribution>();

function parse(text: string): Distribution {
  const shown = text.length > 120 ? `${text.slice(0, 120)}...` : text;
  let content: unknown;
  try {
    content = parseJson(text);
  } catch {
    throw new FormatError(`distribution: ${shown} is not JSON.`);
  }
  const { name, attributes } = isPlainObject(content) ? content : {};
  if (!isPlainObject(attributes)) throw new FormatError(`distribution: ${shown} has no attributes.`);
  const { low, high, log, step = null, choices } = attributes;
  if (name === 'CategoricalDistribution') {
    // Optuna lets a choice be anything that JSON holds, a list too.
    if (Array.isArray(choices) && choices.length > 0)
      return { kind: 'categorical', choices: choices as readonly Choice[] };
    throw new FormatError(`distribution: ${shown} has no choices.`);
  }
  if (name !== 'FloatDistribution' && name !== 'IntDistribution')
    throw new FormatError(
      `distribution: ${shown} is of an unknown kind; metagrad reads FloatDistribution, IntDistribution and CategoricalDistribution.`,
    );
  if (typeof low !== 'number' || typeof high !== 'number' || !Number.isFinite(high - low) || low > high)
    throw new FormatError(`distribution: ${shown} has no low and high that are numbers, the lower first.`);
  if (typeof log !== 'boolean' || (log && low <= 0))
    throw new FormatError(`distribution: ${shown} has no log that is true or false, and true only above 0.`);
  if (step !== null && (typeof step !== 'number' || !(step > 0) || !Number.isFinite(step)))
    throw new FormatError(`distribution: ${shown} has no step that is null or above 0.`);
  return name === 'FloatDistribution'
    ? { kind: 'float', low, high, log, step }
    : { kind: 'int', low, high, log, step: step ?? 1 };
}
