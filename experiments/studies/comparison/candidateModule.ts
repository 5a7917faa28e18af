/** The candidate that a module of the user's exports. */
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../../../engine/core/errors.js';
import { nearest } from '../../../engine/core/nearest.js';
import { describe, isPlainObject } from '../../../engine/core/options.js';
import { loadModule } from '../../files/loadModule.js';
import { type Candidate, type Owner, candidateOf } from './candidate.js';

const exportsThere = ['default', 'rule', 'space', 'name'] as const;

/**
 * The rule, `name` and `space` that a module exports, the rule as default or as `rule`; and the beginning of later errors about it.
 * @throws UsageError naming file and export if it has no rule, or one that cannot be tuned as it says.
 */
export async function candidateOfModule(
  who: string,
  path: string,
): Promise<{ readonly candidate: Candidate; readonly owner: string }> {
  const exported = await loadModule(who, pathToFileURL(resolve(path)));
  const below = relative('', resolve(path));
  const file = `${who}: ${below.startsWith('..') ? path : below}`;
  const { default: first, rule: second, name, space } = exported;
  refuseOther(`${file}, export 'default'`, path, first);
  // CommonJS has all exports in its default one too.
  const isSecond =
    first === undefined || (isPlainObject(first) && second !== undefined && first.rule === second);
  const part = isSecond ? 'rule' : 'default';
  const owner: Owner = (each) => `${file}, export '${each === 'rule' ? part : each}'`;
  const rule = part === 'rule' ? second : first;
  if (rule === undefined)
    throw new UsageError(
      `${file}: exports no rule, ${namesIn(exported)}; export what defineRule returns as default.`,
    );
  refuseMisspelt(file, exported);
  return { candidate: candidateOf(owner, { rule, name, space }), owner: owner('rule') };
}

const namesIn = (exported: Readonly<Record<string, unknown>>): string =>
  Object.keys(exported).length === 0 ? 'but nothing' : `but ${Object.keys(exported).join(', ')}`;

/** @throws UsageError for a study or a learned optimizer, with what to do with it. */
function refuseOther(owner: string, path: string, exported: unknown): void {
  if (isPlainObject(exported) && 'presets' in exported && 'programs' in exported)
    throw new UsageError(`${owner}: is a study, not a rule; run it by metagrad run ${path}.`);
  if (isPlainObject(exported) && typeof exported.at === 'function')
    throw new UsageError(
      `${owner}: is a learned optimizer, which needs meta-training, not a rule; ` +
        'export selfTuning(learned, theta, metaRule), or declare a study.',
    );
}

/** @throws UsageError for an export whose name is nearly one that is read, and would be ignored. */
function refuseMisspelt(file: string, exported: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(exported)) {
    if (exportsThere.some((each) => each === name)) continue;
    const meant = nearest(name, ['space', 'name']);
    const fits = meant === 'space' ? isPlainObject(value) : typeof value === 'string';
    if (meant !== undefined && fits && !Object.hasOwn(exported, meant))
      throw new UsageError(
        `${file}, export '${name}': is not read, and is ${describe(value)}. Did you mean '${meant}'?`,
      );
  }
}
