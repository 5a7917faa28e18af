import { FormatError } from '../../engine/core/errors.js';
import type { Choice, Distribution } from './distributions.js';
import { floatText, parseJson, toJson } from './json.js';

/** A distribution as the JSON text that Optuna's logs hold: `{"name": "FloatDistribution", "attributes": {...}}`. */
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

/** The distribution that such a text stands for. Throws FormatError for a text that is none. */
export function distributionFromText(text: string): Distribution {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const distribution = parse(text);
  parsed.set(text, distribution);
  return distribution;
}

/** A log repeats the same few texts in every trial. */
const parsed = new Map<string, Distribution>();

type Content = {
  readonly name: string;
  readonly attributes: {
    readonly low: number;
    readonly high: number;
    readonly log: boolean;
    readonly step: number | null;
    readonly choices: readonly Choice[];
  };
};

function parse(text: string): Distribution {
  const { name, attributes } = parseJson(text) as Content;
  const { low, high, log, step, choices } = attributes;
  if (name === 'FloatDistribution') return { kind: 'float', low, high, log, step };
  if (name === 'IntDistribution') return { kind: 'int', low, high, log, step: step ?? 1 };
  if (name === 'CategoricalDistribution') return { kind: 'categorical', choices };
  throw new FormatError(
    `distribution: ${text} is of a kind that is not known here; known are FloatDistribution, IntDistribution and CategoricalDistribution.`,
  );
}
