/** Values that arguments and results of compiled functions may hold besides tensors. */
import { clonedTensor, foreignTensor } from '../../core/arguments.js';
import { UsageError } from '../../core/errors.js';
import { describe } from '../../core/options.js';
import type { Path } from '../../core/tree.js';
import type { Structure } from './structure.js';

/**
 * Refuses objects of other classes, which may hide tensors and numbers that change. Numbers, strings and the like are part
 * of what is compiled.
 *
 * @param at Names the value at a path.
 * @throws UsageError for the first such object, for a copy of a tensor, and for a function unless those are taken.
 */
export function requirePlain(
  caller: string,
  structure: Structure,
  at: (path: Path) => string,
  takesFunctions = false,
  path: Path = '',
): void {
  const below = (child: Structure, name: string | number): void => {
    requirePlain(caller, child, at, takesFunctions, path === '' ? String(name) : `${path}.${name}`);
  };
  switch (structure.kind) {
    case 'tensor':
      return;
    case 'array':
      structure.children.forEach(below);
      return;
    case 'record': {
      const { names, children } = structure;
      if (['shape', 'dtype', 'value', 'scopes'].every((name) => names.includes(name)))
        throw new UsageError(`${caller}: ${at(path)} is ${clonedTensor}`);
      children.forEach((child, i) => {
        below(child, names[i]);
      });
      return;
    }
    case 'other': {
      const { value } = structure;
      const isFunction = typeof value === 'function';
      if (isFunction ? takesFunctions : typeof value !== 'object' || value === null) return;
      if (value instanceof Promise) value.catch(() => undefined);
      const advice = ArrayBuffer.isView(value)
        ? 'Make a tensor of it: tensor(...) copies typed arrays.'
        : `A compiled function takes and returns tensors in plain objects and arrays${takesFunctions ? '' : ', and no functions'}.`;
      throw new UsageError(
        `${caller}: ${at(path)} is ${foreignTensor(value) ?? `${describe(value)}. ${advice}`}`,
      );
    }
  }
}
