/** Kinds of options that several functions of a search take. */
import { isPlainObject, kind, requireKind } from '../../../engine/core/options.js';

/** Whether a value is an object, of any class, with these methods. */
const withMethods = (value: unknown, ...names: readonly string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  names.every((name) => typeof Reflect.get(value, name) === 'function');

export const isSignal = kind(
  'an AbortSignal',
  (value) => withMethods(value, 'addEventListener') && 'aborted' in (value as object),
);
export const isSampler = kind('a sampler, as in tpeSampler()', (value) => withMethods(value, 'sample'));
export const isPruner = kind('a pruner, as in medianPruner()', (value) => withMethods(value, 'shouldPrune'));
export const isStorage = kind("a storage, as in journalStorage('study.log')", (value) =>
  withMethods(value, 'read', 'transact'),
);
export const isName = kind(
  'a string that is not empty',
  (value) => typeof value === 'string' && value !== '',
);
export const isRecord = kind('an object', isPlainObject);
/** A seed, or a number of trials. */
export const isSeed = kind(
  'an integer >= 0',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);

/** Throws a UsageError unless the value is a storage. */
export const requireStorage = (caller: string, storage: unknown): void => {
  requireKind(caller, 'the storage', storage, isStorage);
};
