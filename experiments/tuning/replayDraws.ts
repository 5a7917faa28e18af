import { UsageError } from '../../engine/core/errors.js';
import { isText, requireKind } from '../../engine/core/options.js';
import { attribute, seedAttribute } from './log/attributes.js';
import { beginningOf } from './trial/begin.js';
import type { Chooser } from './trial/chooser.js';
import { distributionFromText } from './log/distributionText.js';
import type { Operation } from './log/operations.js';
import { follow } from './log/follow.js';
import { isSampler, requireStorage } from './space/kinds.js';
import { createReplay } from './log/replay.js';
import type { Sampler } from './samplers/sampler.js';
import type { Storage } from './log/storage.js';
import { isOurs } from '../files/worker.js';

/** A parameter's internal number in the log, and as drawn again. */
export type Draw = {
  readonly trial: number;
  readonly name: string;
  readonly logged: number;
  readonly replayed: number;
};

/**
 * Draws every parameter of a study again, from its seed and from the log before each trial, and returns all draws. With the
 * sampler of the study they are the same to the last bit, for any number of workers.
 *
 * Trials that Optuna began are left out. Throws a UsageError if the storage has no such study with a seed of metagrad's.
 */
export async function replayDraws(
  storage: Storage,
  name: string,
  sampler: Sampler,
): Promise<readonly Draw[]> {
  requireStorage('replayDraws', storage);
  requireKind('replayDraws', "the study's name", name, isText);
  requireKind('replayDraws', 'the sampler', sampler, isSampler);
  const { operations } = await storage.read(0);
  const replay = createReplay();
  const choosers = new Map<number, { readonly trial: number; readonly choose: Chooser }>();
  const draws: Draw[] = [];
  let seed: unknown;

  function noteBeginning(id: number): void {
    const study = replay.study(name);
    const record = study?.trials.find((trial) => trial.id === id);
    if (study === undefined || record?.state !== 'running' || !isOurs(record.worker)) return;
    if (typeof seed !== 'number') return;
    const unchosen = { ...record, params: {}, distributions: {} };
    choosers.set(id, { trial: record.number, choose: beginningOf(study, unchosen, sampler, seed).choose });
  }

  function compare(id: number, parameter: string, text: string, logged: number): void {
    const begun = choosers.get(id);
    if (begun === undefined) return;
    const replayed = begun.choose(parameter, distributionFromText(text));
    draws.push({ trial: begun.trial, name: parameter, logged, replayed });
  }

  function draw(operation: Operation, index: number): void {
    const id = replay.nextTrialId();
    follow(replay, storage, 0, operations, index, index + 1);
    seed ??= attribute(replay.study(name) ?? { systemAttributes: {} }, seedAttribute);
    if (operation.op_code === 4) {
      noteBeginning(id);
      for (const [parameter, text] of Object.entries(operation.distributions ?? {})) {
        compare(id, parameter, text, operation.params?.[parameter] ?? NaN);
      }
    } else if (operation.op_code === 6 && !choosers.has(operation.trial_id)) {
      noteBeginning(operation.trial_id);
    } else if (operation.op_code === 5) {
      compare(
        operation.trial_id,
        operation.param_name,
        operation.distribution,
        operation.param_value_internal,
      );
    }
  }

  operations.forEach(draw);
  if (seed === undefined) {
    throw new UsageError(
      `replayDraws: ${storage.name} has no study '${name}' with a seed; name one that metagrad began.`,
    );
  }
  return draws;
}
