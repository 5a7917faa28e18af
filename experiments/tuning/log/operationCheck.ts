/** The check of a log's operations: the fields that each must have, and their types. */
import { FormatError } from '../../../engine/core/errors.js';
import { isPlainObject } from '../../../engine/core/options.js';
import { contains, type Distribution } from '../space/distributions.js';
import { distributionFromText } from './distributionText.js';
import { isShallow } from './json.js';
import type { Operation } from './operations.js';
import type { Json } from './records.js';

type Fields = Readonly<Record<string, Json | undefined>>;

/** What a field must be, in words, and whether a value is that. */
type Field = readonly [words: string, accepts: (value: Json | undefined) => boolean];

const string: Field = ['a string', (value) => typeof value === 'string'];
const number: Field = ['a number', (value) => typeof value === 'number'];
const step: Field = ['an integer', (value) => Number.isInteger(value)];
const id: Field = ['an integer >= 0', (value) => Number.isSafeInteger(value) && Number(value) >= 0];
const state: Field = [
  'a state from 0 to 4',
  (value) => ([0, 1, 2, 3, 4] as readonly unknown[]).includes(value),
];
const attributes: Field = [
  'an object (of no more than 500 levels)',
  (value) => isPlainObject(value) && isShallow(value),
];
const directions: Field = [
  'a list of directions, 1 or 2 each',
  (value) => isNonEmptyList(value) && value.every((direction) => direction === 1 || direction === 2),
];
const values: Field = [
  'null or a list of numbers',
  (value) => value === null || (isNonEmptyList(value) && value.every(number[1])),
];
const value: Field = ['null or a number', (candidate) => candidate === null || typeof candidate === 'number'];
const time: Field = [
  'null or a time in ISO 8601',
  (candidate) =>
    candidate === null || (typeof candidate === 'string' && !Number.isNaN(Date.parse(candidate))),
];
const texts: Field = [
  'an object of strings',
  (candidate) =>
    isPlainObject(candidate) && Object.values(candidate).every((member) => typeof member === 'string'),
];
const numbers: Field = [
  'an object of numbers',
  (candidate) =>
    isPlainObject(candidate) && Object.values(candidate).every((member) => typeof member === 'number'),
];
const reports: Field = [
  'an object of numbers by step',
  (candidate) =>
    numbers[1](candidate) && Object.keys(candidate as Fields).every((key) => /^-?\d+$/.test(key)),
];

/** The fields that each operation must have and may have, by its code. */
const fields: readonly (readonly [
  must: Readonly<Record<string, Field>>,
  may?: Readonly<Record<string, Field>>,
])[] = [
  [{ study_name: string, directions }],
  [{ study_id: id }],
  [{ study_id: id, user_attr: attributes }],
  [{ study_id: id, system_attr: attributes }],
  [
    { study_id: id, datetime_start: time },
    {
      datetime_complete: time,
      state,
      value,
      values,
      distributions: texts,
      params: numbers,
      user_attrs: attributes,
      system_attrs: attributes,
      intermediate_values: reports,
    },
  ],
  [{ trial_id: id, param_name: string, param_value_internal: number, distribution: string }],
  [
    { trial_id: id, state, values },
    { datetime_start: time, datetime_complete: time },
  ],
  [{ trial_id: id, step, intermediate_value: number }],
  [{ trial_id: id, user_attr: attributes }],
  [{ trial_id: id, system_attr: attributes }],
];

/** The operation that parsed JSON stands for, or what is wrong with it, as the predicate of a sentence. */
export function operationOf(content: Json): Operation | { readonly wrong: string } {
  if (!isPlainObject(content)) return { wrong: 'is not an object' };
  const operation = content as Fields;
  const code = operation.op_code;
  if (typeof code !== 'number' || !Object.hasOwn(fields, code))
    return { wrong: 'has no op_code from 0 to 9' };
  const [must, may = {}] = fields[code];
  for (const [name, [words, accepts]] of Object.entries({ worker_id: string, ...must }))
    if (!Object.hasOwn(operation, name) || !accepts(operation[name]))
      return { wrong: `has no ${name} that is ${words}` };
  for (const [name, [words, accepts]] of Object.entries(may))
    if (Object.hasOwn(operation, name) && !accepts(operation[name]))
      return { wrong: `has a ${name} that is not ${words}` };
  const wrong = wrongParameter(content as Operation);
  return wrong === null ? (content as Operation) : { wrong };
}

/** What is wrong with the parameters of an operation, or null. */
function wrongParameter(operation: Operation): string | null {
  if (operation.op_code === 5)
    return wrongValue(operation.param_name, operation.param_value_internal, operation.distribution);
  if (operation.op_code !== 4) return null;
  const { params = {}, distributions = {} } = operation;
  for (const [name, internal] of Object.entries(params)) {
    if (!Object.hasOwn(distributions, name)) return `has a parameter '${name}' without its distribution`;
    const wrong = wrongValue(name, internal, distributions[name]);
    if (wrong !== null) return wrong;
  }
  for (const name of Object.keys(distributions))
    if (!Object.hasOwn(params, name)) return `has a distribution of '${name}' without its value`;
  return null;
}

function wrongValue(name: string, internal: number, text: string): string | null {
  let distribution: Distribution;
  try {
    distribution = distributionFromText(text);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return `has a distribution of '${name}' that cannot be read (${error.message})`;
  }
  // A number may be beyond its range: Optuna enqueues it and only warns.
  return distribution.kind === 'categorical' && !contains(distribution, Math.trunc(internal))
    ? `has ${internal} for '${name}', which has ${distribution.choices.length} choices`
    : null;
}

function isNonEmptyList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value) && value.length > 0;
}
