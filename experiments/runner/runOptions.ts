/** The options of `runStudy`. */
import { UsageError } from '../../engine/core/errors.js';
import {
  type Kinds,
  isBoolean,
  isIntegerFrom,
  isPlainObject,
  isText,
  kind,
  readOptions,
} from '../../engine/core/options.js';
import type { CompileOption } from '../../engine/index.js';
import { compileKinds } from '../../engine/plan/run/backends.js';
import type { Interrupt } from './terminal/interrupt.js';

/** Where and how a study is run. */
export interface RunOptions {
  /** The folder that gets the run's own folder; or the folder of a run to continue, to more seeds than it had if they are given. */
  readonly place: { readonly root: string } | { readonly resume: string; readonly seeds?: number };
  readonly interrupt: Interrupt;
  /** Number of jobs done at once: 1 in this thread, more in threads of their own; the results are the same. */
  readonly workers?: number;
  /** Where worker threads load the study from: its name, the path of its module, or `compare:TASK:BASELINES:PATH`. */
  readonly reference?: string;
  /** The backend of everything that the study compiles, default wasm; a resumed run keeps its backend. */
  readonly compile?: Exclude<CompileOption, false>;
  /** Whether it is the small version of its study: its record and reports then say that it proves nothing. */
  readonly quick?: boolean;
  /** For a pilot, the command of the run that is planned from it, N for its number of seeds; its record and reports say so. */
  readonly pilot?: string;
  readonly quiet?: boolean;
}

const kinds: Kinds<RunOptions> = {
  place: kind(
    '{root: FOLDER}, {resume: FOLDER} or {resume: FOLDER, seeds: NUMBER}',
    (value) =>
      isPlainObject(value) &&
      (Object.keys(value).join() === 'root'
        ? typeof value.root === 'string'
        : Object.keys(value).every((key) => key === 'resume' || key === 'seeds') &&
          typeof value.resume === 'string' &&
          (value.seeds === undefined || isIntegerFrom(0).accepts(value.seeds))),
  ),
  interrupt: kind(
    'what listenForInterrupt() returns',
    (value) => typeof value === 'object' && value !== null && 'signal' in value && 'pause' in value,
  ),
  workers: kind(
    'an integer from 1 to 256',
    (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 256,
  ),
  reference: isText,
  compile: kind(
    "a backend, as in 'gpu', or its options",
    (value) => value !== false && compileKinds.compile.accepts(value),
  ),
  quick: isBoolean,
  pilot: isText,
  quiet: isBoolean,
};

/** The options of a caller, who may have no types. Throws a UsageError for wrong ones, and if a required one is missing. */
export function readRunOptions(given: RunOptions): RunOptions {
  const options: Partial<RunOptions> = readOptions<RunOptions>('runStudy', given, kinds);
  for (const name of ['place', 'interrupt'] as const)
    if (options[name] === undefined)
      throw new UsageError(`runStudy: needs ${name}, ${kinds[name].expected}.`);
  return options as RunOptions;
}
