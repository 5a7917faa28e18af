import { floatText, parseJson, toJson } from './json.js';
import { operationOf } from './operationCheck.js';
import type { Operation } from './operations.js';
import type { Json } from './records.js';

type Fields = Readonly<Record<string, Json | undefined>>;

/** An operation as a line of an Optuna journal, without the line's end. Floats have a decimal point or an exponent. */
export function operationToText(operation: Operation): string {
  const fields: Fields = operation;
  const members = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${JSON.stringify(key)}:${fieldText(fields, key, value)}`],
  );
  return `{${members.join(',')}}`;
}

/** Fields of floats, integral ones too: in Python's JSON `1` is an int and `1.0` a float. */
const floats: ReadonlySet<string> = new Set(['value', 'values', 'intermediate_value', 'intermediate_values']);

function fieldText(fields: Fields, key: string, value: Json): string {
  if (floats.has(key)) return floatsText(value);
  if (key === 'param_value_internal') return paramText(fields.distribution, value);
  if (key === 'params') {
    const distributions = new Map(Object.entries((fields.distributions ?? {}) as Fields));
    const params = Object.entries(value as Fields).map(
      ([name, param]) => `${JSON.stringify(name)}:${paramText(distributions.get(name), param ?? null)}`,
    );
    return `{${params.join(',')}}`;
  }
  return toJson(value);
}

/** A parameter's value: the index of a choice, every other parameter as a float. */
function paramText(distribution: Json | undefined, value: Json): string {
  const categorical = typeof distribution === 'string' && distribution.includes('"CategoricalDistribution"');
  return categorical ? toJson(value) : floatsText(value);
}

function floatsText(value: Json): string {
  if (typeof value === 'number') return floatText(value);
  if (value === null || typeof value !== 'object') return toJson(value);
  if (isList(value)) return `[${value.map(floatsText).join(',')}]`;
  return `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}:${floatsText(member)}`)
    .join(',')}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** The operation of a line, or what is wrong with the line. */
export function operationFromText(text: string): Operation | { readonly wrong: string } {
  let content: Json;
  try {
    content = parseJson(text);
  } catch {
    return { wrong: 'is not JSON' };
  }
  return operationOf(content);
}
