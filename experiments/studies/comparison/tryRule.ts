import { type Batch, batches } from '../../../data/index.js';
import {
  DTypeError,
  Generator,
  ShapeError,
  type TensorTree,
  TrackedReadError,
  UnreachedError,
  UsageError,
} from '../../../engine/index.js';
import type { Training } from '../../../optimizers/index.js';
import type { CompiledTask } from '../../tasks/evaluation.js';
import { type Candidate, valuesOf } from './candidate.js';

/**
 * Makes two updates with a rule on the parameters and the data of a task with this title, at the initial hyper-parameters and at the ends of
 * their ranges, so that a mistake in the rule is found before the first trial. Numbers do not matter, NaN included.
 * @throws UsageError that begins with `owner` and says what the rule does wrong.
 */
export function tryRule<P extends TensorTree>(
  owner: string,
  { space }: Candidate,
  task: CompiledTask<P>,
  kind: Training<P, Batch>,
  { title, batchSize }: { readonly title: string; readonly batchSize: number },
): void {
  const params = task.model.init(new Generator(0));
  const [batch] = batches(task.data.train, { batchSize });
  for (const hyper of settingsToTry(space))
    try {
      const run = kind.start(params, hyper);
      run.step(batch);
      run.step(batch);
    } catch (cause) {
      throw new UsageError(`${owner}: the rule fails on ${title}: ${reasonOf(cause)}`, { cause });
    }
}

/** The initial values, and those at each end of the ranges. */
function settingsToTry(space: Candidate['space']): readonly Readonly<Record<string, number>>[] {
  const all = Object.entries(space);
  const most = Math.max(0, ...all.map(([, range]) => valuesOf(range).length));
  const ends = Array.from({ length: most }, (_, i) =>
    Object.fromEntries(
      all.map(([name, range]) => {
        const values = valuesOf(range);
        return [name, Number(values[Math.min(i, values.length - 1)])];
      }),
    ),
  );
  return [{}, ...ends];
}

/** The message of an error, and for one that is not of metagrad its kind and place. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return `it throws ${String(error)}`;
  if (ofMetagrad.some((kind) => error instanceof kind)) return error.message;
  const place = /([^/\\(\s]+:\d+:\d+)\)?$/m.exec(error.stack ?? '')?.[1];
  return `${String(error)}${place === undefined ? '' : ` (${place})`}`;
}

const ofMetagrad = [UsageError, ShapeError, DTypeError, TrackedReadError, UnreachedError];
