/** Checks the search against files of reference values that Optuna computed, whatever numbers they hold. */
import type { TpeProfile } from '../../experiments/tuning/samplers/profile.js';
import { type Golden, readGolden } from './optuna/format.js';
import { checkGivenForest, checkOwnForests, checkPedAnova } from './optuna/importance.js';
import { checkJointModel, checkModel } from './optuna/models.js';
import { checkPruner } from './optuna/pruners.js';
import { checkSequence } from './optuna/sequences.js';
import type { Result } from './result.js';

/** One result for each model, run, pruner and importance in the file; what the file does not hold is skipped. */
export function checkOptuna(content: unknown): Result[] {
  const golden = readGolden(content);
  const profile: TpeProfile = golden.meta.optuna.startsWith('3.1') ? '3.1' : '5.0';
  return [
    ...section('tpe_stable_sort', golden, (models) =>
      entries(models).flatMap(([history, parameters]) =>
        entries(parameters).map(([parameter, model]) =>
          named(`model ${history}/${parameter}`, (name) =>
            checkModel(name, model, historyOf(golden, history), profile),
          ),
        ),
      ),
    ),
    ...section('tpe_multivariate_stable_sort', golden, (models) =>
      entries(models).map(([history, model]) =>
        named(`joint model ${history}`, (name) =>
          checkJointModel(name, model, historyOf(golden, history), profile),
        ),
      ),
    ),
    ...section('sequences_stable_sort', golden, (runs) =>
      entries(runs).map(([run, steps]) => named(run, (name) => checkSequence(name, steps, golden, profile))),
    ),
    ...section('median_pruner', golden, (cases) =>
      cases.map((golden) => named(`pruner ${golden.label}`, () => checkPruner(golden))),
    ),
    ...section('importance', golden, (importances) =>
      entries(importances).flatMap(([history, importance]) => [
        named(`${history} given forest`, (name) => checkGivenForest(name, importance.exact_forest)),
        ...several(`${history} own forests`, (name) =>
          checkOwnForests(name, importance, historyOf(golden, history)),
        ),
        ...(importance.ped_anova
          ? [
              named(`${history} PED-ANOVA`, (name) =>
                checkPedAnova(name, importance, historyOf(golden, history)),
              ),
            ]
          : []),
      ]),
    ),
  ];
}

function section<K extends keyof Golden>(
  key: K,
  golden: Golden,
  check: (part: NonNullable<Golden[K]>) => readonly Result[],
): readonly Result[] {
  const part = golden[key];
  if (part) return check(part);
  return [{ name: key, ok: false, skipped: true, detail: 'the file has no such part' }];
}

function several(name: string, check: (name: string) => readonly Result[]): readonly Result[] {
  try {
    return check(name);
  } catch (error) {
    return [{ name, ok: false, detail: String(error) }];
  }
}

function named(name: string, check: (name: string) => Result): Result {
  return several(name, () => [check(name)])[0];
}

function historyOf({ histories = {} }: Golden, name: string): NonNullable<Golden['histories']>[string] {
  if (!(name in histories)) throw new Error(`the file has no history '${name}'`);
  return histories[name];
}

function entries<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record);
}
