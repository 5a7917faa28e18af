/** An optimizer of the user's that is to be compared: its rule, and what is tuned of it. */
import { z } from 'zod';
import { UsageError } from '../../../engine/core/errors.js';
import { suggestion } from '../../../engine/core/nearest.js';
import { describe, isPlainObject } from '../../../engine/core/options.js';
import { isRule } from '../../../optimizers/arguments.js';
import { requireInRange } from '../../../optimizers/hyper.js';
import { type Rule, defineRule } from '../../../optimizers/index.js';
import { searched } from '../armConfig.js';
import type { SearchRange } from '../config.js';
import { problemsOf } from '../problems.js';
import { baselineNames, lrSpace } from './baselines.js';

/** A rule to compare, the name of its arm, and where its hyper-parameters are searched. */
export interface Candidate {
  readonly name: string;
  readonly rule: Rule;
  readonly space: Readonly<Record<string, SearchRange>>;
}

/** The parts of a candidate as a user gives them. */
export interface CandidateParts {
  readonly rule: unknown;
  readonly name?: unknown;
  readonly space?: unknown;
}

/** The beginning of an error about a part: the caller, or the file and its export. */
export type Owner = (part: keyof CandidateParts) => string;

/** The candidate of checked parts. @throws UsageError naming the part that is wrong. */
export function candidateOf(owner: Owner, parts: CandidateParts): Candidate {
  const rule = ruleOf(owner('rule'), parts.rule);
  return {
    rule,
    name: nameOf(owner, rule, parts.name),
    space: parts.space === undefined ? defaultSpace(owner, rule) : spaceOf(owner('space'), rule, parts.space),
  };
}

const searchSpace = z.record(z.string(), searched);

/** A rule, or what a function without arguments returns as one. */
function ruleOf(owner: string, given: unknown): Rule {
  let rule = given;
  if (typeof given === 'function')
    try {
      rule = (given as () => unknown)();
    } catch (cause) {
      throw new UsageError(
        `${owner}: the function throws when it is called without arguments (${String(cause)}); export a rule, or a function that returns one.`,
        { cause },
      );
    }
  if (!isRule.accepts(rule))
    throw new UsageError(
      `${owner}: must be a rule, as defineRule returns, or a function that returns one, and ${rule === given ? 'is' : 'returns'} ${describe(rule)}.`,
    );
  const found = rule as Rule;
  try {
    return defineRule({
      ...{ name: found.name, hyper: found.hyper },
      ...('flatIn' in found ? { flatIn: found.flatIn } : {}),
      init: (params) => found.init(params),
      update: (input) => found.update(input),
    });
  } catch (cause) {
    throw new UsageError(`${owner}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function nameOf(owner: Owner, rule: Rule, given: unknown): string {
  const name = given ?? rule.name;
  if (typeof name !== 'string' || name.trim() === '' || name === '__proto__')
    throw new UsageError(`${owner('name')}: must be the name of the arm, a text, and is ${describe(name)}.`);
  if (!baselineNames.some((baseline) => baseline === name)) return name;
  throw new UsageError(
    given === undefined
      ? `${owner('rule')}: the rule is called '${name}', as a baseline is; give it another name, as in name = 'my ${name}'.`
      : `${owner('name')}: '${name}' is the name of a baseline; give another one.`,
  );
}

/** The learning rate over five decades. @throws UsageError if the rule has none, or another kind of number under its name. */
function defaultSpace(owner: Owner, rule: Rule): Candidate['space'] {
  const names = Object.keys(rule.hyper);
  const example = names.length === 0 ? '{}' : `{${names[0]}: {low: ..., high: ..., log: true}}`;
  if (!Object.hasOwn(rule.hyper, 'lr'))
    throw new UsageError(
      `${owner('rule')}: the rule has no hyper-parameter 'lr' to tune (it has ${names.join(', ') || 'none'}); say by space = ${example} what is to be tuned, and where.`,
    );
  const space = { lr: lrSpace };
  requireDomain(
    `${owner('rule')}: without a space, lr is tuned from ${lrSpace.low} to ${lrSpace.high}`,
    rule,
    space,
  );
  return space;
}

function spaceOf(owner: string, rule: Rule, given: unknown): Candidate['space'] {
  for (const [name, range] of Object.entries(isPlainObject(given) ? given : {}))
    if (!isPlainObject(range) || !['low', 'high', 'choices'].some((key) => key in range))
      throw new UsageError(
        `${owner}: ${name} must be a range, as in {low: 0, high: 0.99} or {low: 1e-4, high: 1, log: true}, or {choices: [...]}, and is ${describe(range)}.`,
      );
  const { success, data, error } = searchSpace.safeParse(given);
  if (!success) {
    const problems = problemsOf(searchSpace, given, error.issues).map(
      ({ path, message }) => `${path.length === 0 ? '' : `${path.join('.')}: `}${message}`,
    );
    throw new UsageError(
      `${owner}: must be ranges by hyper-parameter, as in {lr: {low: 1e-4, high: 1, log: true}}: ${problems.join('; ')}.`,
    );
  }
  const names = Object.keys(rule.hyper);
  const unknown = Object.keys(data).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UsageError(
      `${owner}: ${rule.name} has no hyper-parameter '${unknown}'; it has ${names.join(', ') || 'none'}.${suggestion(unknown, names)}`,
    );
  requireDomain(owner, rule, data);
  return data;
}

/** @throws UsageError unless both ends of every range, or every choice, are values of its hyper-parameter. */
function requireDomain(owner: string, rule: Rule, space: Candidate['space']): void {
  for (const [name, range] of Object.entries(space))
    for (const value of valuesOf(range)) {
      const { domain } = rule.hyper[name];
      requireInRange(owner, name, domain, value);
      // 0.99999999 is 1 in float32, which is what the parameters are.
      requireInRange(`${owner}, in float32`, name, domain, Math.fround(Number(value)));
    }
}

/** The values of a range that say whether all are possible: its ends, or its choices. */
export const valuesOf = (range: SearchRange): readonly (number | string | boolean)[] =>
  'choices' in range ? range.choices : [range.low, range.high];

/** The schema of the settings of its program: all hyper-parameters of the rule, by default at their initial values. */
export const hyperSchema = (rule: Rule): z.ZodObject =>
  z.strictObject(
    Object.fromEntries(
      Object.entries(rule.hyper).map(([name, { initial, domain }]) => [
        name,
        z
          .number()
          .superRefine((value, context) => {
            try {
              requireInRange(rule.name, name, domain, value);
            } catch (error) {
              if (!(error instanceof UsageError)) throw error;
              context.addIssue({ code: 'custom', message: error.message.replace(`${rule.name}: `, '') });
            }
          })
          .default(initial),
      ]),
    ),
  );
