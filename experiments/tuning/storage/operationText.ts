import { floatText, parseJson, toJson } from '../json.js';
import type { Operation } from '../operations.js';
import type { Json } from '../records.js';

type Fields = Readonly<Record<string, Json | undefined>>;

/** An operation as a line of an Optuna journal, without the line's end. Floats have a decimal point or an exponent. */
export function operationToText(operation: Operation): string {
  const fields: Fields = operation;
  const members = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${JSON.stringify(key)}:${fieldText(fields, key, value)}`],
  );
  return `{${members.join(',')}}`;
}

/** Fields that hold floats, however whole: in Python's JSON `1` is an int and `1.0` a float. */
const floats: ReadonlySet<string> = new Set(['value', 'values', 'intermediate_value', 'intermediate_values']);

function fieldText(fields: Fields, key: string, value: Json): string {
  if (floats.has(key)) return floatsText(value);
  if (key === 'param_value_internal') return paramText(fields.distribution, value);
  if (key === 'params') {
    const distributions = (fields.distributions ?? {}) as Fields;
    const params = Object.entries(value as Fields).map(
      ([name, param]) => `${JSON.stringify(name)}:${paramText(distributions[name], param ?? null)}`,
    );
    return `{${params.join(',')}}`;
  }
  return toJson(value);
}

/** A choice stands in the log by its index, every other parameter as a float. */
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

/** What each operation must have, by its code. */
const required: readonly Readonly<Record<string, 'string' | 'number' | 'object'>>[] = [
  { study_name: 'string', directions: 'object' },
  { study_id: 'number' },
  { study_id: 'number', user_attr: 'object' },
  { study_id: 'number', system_attr: 'object' },
  { study_id: 'number' },
  { trial_id: 'number', param_name: 'string', param_value_internal: 'number', distribution: 'string' },
  { trial_id: 'number', state: 'number' },
  { trial_id: 'number', step: 'number', intermediate_value: 'number' },
  { trial_id: 'number', user_attr: 'object' },
  { trial_id: 'number', system_attr: 'object' },
];

/** The operation that a line holds, or what is wrong with the line. */
export function operationFromText(text: string): Operation | { readonly wrong: string } {
  let content: Json;
  try {
    content = parseJson(text);
  } catch {
    return { wrong: 'is not JSON' };
  }
  if (content === null || typeof content !== 'object' || isList(content))
    return { wrong: 'is not an object' };
  const code = content.op_code;
  if (typeof code !== 'number' || !(code in required)) return { wrong: 'has no op_code from 0 to 9' };
  for (const [name, type] of Object.entries({ worker_id: 'string', ...required[code] })) {
    const value: Json | undefined = content[name];
    if (typeof value !== type || value === null) return { wrong: `has no ${name} that is a ${type}` };
  }
  return content as Operation;
}
