/** Checks of the arguments of this folder's functions, for callers without types. */
import { flatten } from '../engine/core/tree.js';
import { isFloat } from '../engine/core/dtype.js';
import { nearest, suggestion } from '../engine/core/nearest.js';
import { type Kinds, describe, isList, isPlainObject, kind, readOptions } from '../engine/core/options.js';
import { DTypeError, Tensor, UsageError, leavesOf } from '../engine/index.js';
import type { Rule } from './rule.js';

/** Options of a rule that has none. */
export type NoOptions = Readonly<Record<string, never>>;

export const isPaths = kind(
  "an array of paths, as in ['head.bias']",
  (value) => isList.accepts(value) && (value as unknown[]).every((path) => typeof path === 'string'),
);
export const isRecord = kind('a plain object', isPlainObject);
export const isNumberOrTensor = kind(
  'a finite number or a scalar tensor',
  (value) => Number.isFinite(value) || (value instanceof Tensor && value.rank === 0),
);
export const isRule = kind(
  'a rule, as in adam()',
  (value) =>
    isPlainObject(value) &&
    isPlainObject(value.hyper) &&
    typeof value.init === 'function' &&
    typeof value.update === 'function',
);
export const isTree = kind(
  'tensors in plain objects and arrays',
  (value) => value instanceof Tensor || Array.isArray(value) || isPlainObject(value),
);
export const isSplit = kind(
  'a split, as makeSplit and divide make them',
  (value) => isPlainObject(value) && typeof value.name === 'string' && value.x instanceof Tensor,
);
export const isLeaks = kind(
  "the names of splits by use, as in {metaVal: 'test'}",
  (value) =>
    isPlainObject(value) &&
    Object.entries(value).every(
      ([use, split]) => ['train', 'metaVal'].includes(use) && typeof split === 'string',
    ),
);
const isLearned = kind(
  "a learned optimizer, as in learnHypers(adam(), {lr: 'log'})",
  (value) => isPlainObject(value) && typeof value.init === 'function' && typeof value.at === 'function',
);

/**
 * The rule that `make` returns for checked options. Names of hyper-parameters, which are easily taken for options, are
 * refused with where they go.
 */
export function makeRule<Options extends object, Name extends string>(
  caller: string,
  options: unknown,
  kinds: Kinds<Options>,
  make: (options: Options) => Rule<Name>,
): Rule<Name> {
  if (options === undefined) return make({} as Options);
  return make(readOptions<Options>(caller, options, kinds, { elsewhere: toTheTrainer() }));

  function toTheTrainer(): Record<string, string> {
    const hyper = Object.keys(make({} as Options).hyper);
    const names = [...Object.keys(kinds), ...hyper];
    const entries = Object.entries(isPlainObject(options) ? options : {}).flatMap(([name, value]) => {
      const meant = Object.hasOwn(kinds, name) ? undefined : nearest(name, names);
      if (meant === undefined || !hyper.includes(meant)) return [];
      const example = typeof value === 'number' ? String(value) : '...';
      const where = `${meant} is a hyper-parameter, which goes to the trainer: trainer(${caller}(), params, {${meant}: ${example}}).`;
      return [[name, where]];
    });
    return Object.fromEntries(entries) as Record<string, string>;
  }
}

/** Properties of runs, unrolled updates and restored snapshots that another run does not begin with. */
const ignored: readonly string[] = [
  ...[
    'params',
    'buffers',
    'key',
    'hyper',
    'rule',
    'info',
    'infos',
    'losses',
    'learned',
    'generator',
    'differing',
  ],
  ...['step', 'epoch', 'apply', 'retune'],
];

/** The checked options of a beginning, which may be a whole earlier run: its other properties are ignored. */
export function readBeginning<Options extends object>(
  caller: string,
  options: unknown,
  kinds: Kinds<Options>,
  required: readonly (keyof Options & string)[] = [],
): Options {
  if (!isPlainObject(options) || !(Object.hasOwn(options, 'state') || Object.hasOwn(options, 'params')))
    return readOptions<Options>(caller, options, kinds, { required });
  const names = Object.keys(options).filter((name) => Object.hasOwn(kinds, name) || !ignored.includes(name));
  const parts = Object.fromEntries(names.map((name) => [name, options[name]]));
  return readOptions<Options>(caller, parts, kinds, { required });
}

/** @throws UsageError unless `rule` is a rule. */
export function requireRule(caller: string, rule: unknown): void {
  if (isRule.accepts(rule)) return;
  const called = typeof rule === 'function' ? `; call it, as in ${rule.name || 'adam'}()` : '';
  throw new UsageError(`${caller}: takes ${isRule.expected}, got ${describe(rule)}${called}.`);
}

/** @throws UsageError unless `learned` is a learned optimizer. */
export function requireLearned(caller: string, learned: unknown): void {
  if (isLearned.accepts(learned)) return;
  const plain = isRule.accepts(learned) ? ', a rule with nothing to learn' : '';
  throw new UsageError(`${caller}: takes ${isLearned.expected}, got ${describe(learned)}${plain}.`);
}

/**
 * The first parameter; all have its dtype.
 * @throws UsageError or DTypeError unless they are a tree of at least one tensor, all of one float dtype.
 */
export function requireParameters(caller: string, params: unknown, what = 'parameters'): Tensor {
  if (!isTree.accepts(params))
    throw new UsageError(
      `${caller}: takes ${what}, tensors in plain objects and arrays; got ${describe(params)}.`,
    );
  const leaves = leavesOf(params, caller);
  if (leaves.length === 0)
    throw new UsageError(
      `${caller}: there are no ${what} in ${Array.isArray(params) ? '[]' : '{}'}; give a tree with at least one tensor.`,
    );
  const [{ tensor: first }] = leaves;
  for (const { path, tensor } of leaves) {
    if (!isFloat(tensor.dtype))
      throw new DTypeError(
        `${caller}: ${path || 'the parameter'} is ${tensor.dtype}; ${what} are float32 or float64. Keep integers outside of them.`,
      );
    if (tensor.dtype !== first.dtype)
      throw new DTypeError(
        `${caller}: ${path} is ${tensor.dtype} and ${leaves[0].path} ${first.dtype}; all ${what} must have one dtype.`,
      );
  }
  return first;
}

/** The tensors of a tree. @throws UsageError if there are none, and so no sum, norm or mean. */
export function requireTensors(caller: string, tree: unknown): Tensor[] {
  const tensors = flatten(tree, caller);
  if (tensors.length === 0) throw new UsageError(`${caller}: there are no tensors in the tree.`);
  return tensors;
}

/** @throws UsageError unless all names are hyper-parameters of the rule. */
export function requireKnown(caller: string, rule: Rule, names: readonly string[]): void {
  const declared = Object.keys(rule.hyper);
  const unknown = names.filter((name) => !Object.hasOwn(rule.hyper, name));
  if (unknown.length > 0)
    throw new UsageError(
      `${caller}: ${rule.name} has no hyper-parameter ${unknown.join(', ')}; it has ${declared.join(', ')}.` +
        suggestion(unknown[0], declared),
    );
}

/**
 * @throws UsageError unless `hyper` is undefined or names hyper-parameters of the rule, none that are decided elsewhere.
 */
export function requireHyper(
  caller: string,
  rule: Rule,
  hyper: unknown,
  elsewhere: readonly string[] = [],
): void {
  if (hyper === undefined) return;
  if (!isPlainObject(hyper))
    throw new UsageError(
      `${caller}: hyper-parameters are an object, as in {lr: 0.1}; got ${describe(hyper)}.`,
    );
  requireKnown(caller, rule, Object.keys(hyper));
  for (const name of elsewhere)
    if (hyper[name] !== undefined)
      throw new UsageError(`${caller}: ${name} is decided at every step and cannot be set as well.`);
}

/** @throws UsageError unless `input` has everything that an update takes. */
export function requireUpdateInput(input: unknown): void {
  if (!isPlainObject(input))
    throw new UsageError(`applyRule: takes {params, grads, state, hyper, step}; got ${describe(input)}.`);
  for (const name of ['params', 'grads', 'state', 'hyper', 'step'])
    if (input[name] === undefined)
      throw new UsageError(`applyRule: ${name} is missing; it takes {params, grads, state, hyper, step}.`);
}

/** @throws UsageError unless a rule's update returned deltas and a state. */
export function requireUpdate(rule: string, update: unknown): void {
  if (isPlainObject(update) && isTree.accepts(update.deltas) && isPlainObject(update.state)) return;
  throw new UsageError(`${rule}: update must return {deltas, state}; it returned ${describe(update)}.`);
}
