/**
 * Snapshots of trainings as safetensors files. Parameters, state, buffers and theta are tensors under their tree paths
 * (`params.layers.0.weight`, `state.m.layers.0.weight`, `buffers.mean`, `learned.theta.lr.log`); the rest is metadata.
 */
import { requireBytes, requireList } from '../../engine/core/arguments.js';
import {
  type Kinds,
  describe,
  isPlainObject,
  kind,
  readOptions,
  shorten,
} from '../../engine/core/options.js';
import { suggestion } from '../../engine/core/nearest.js';
import { Generator, type GeneratorState } from '../../engine/random/generator.js';
import { formatShape } from '../../engine/core/shape.js';
import { sameShape } from '../../engine/ir/layout.js';
import {
  FormatError,
  type Tensor,
  type TensorTree,
  UsageError,
  leavesOf,
  mapTree,
} from '../../engine/index.js';
import { jsonText, numberFromJson } from '../../engine/io/json.js';
import { formatSafetensors, parseSafetensors } from '../../engine/io/safetensors.js';
import { isRule, requireParameters } from '../arguments.js';
import type { HyperInput } from '../hyper.js';
import type { Rule, State } from '../rule.js';
import type { LearnedProgress } from './metaStep.js';
import { isSteps } from './progress.js';

const format = 'metagrad snapshot';
const version = '1';

/** The source of a snapshot, and the target it is restored into, such as the run of a training or a meta-training. */
export interface SnapshotSource<P, Theta = TensorTree, Buffers extends TensorTree = TensorTree> {
  readonly rule: Rule;
  readonly hyper: HyperInput<string>;
  readonly params: P;
  readonly state: State;
  readonly steps: number;
  readonly buffers?: Buffers;
  readonly key?: number;
  readonly learned?: LearnedProgress<Theta>;
}

export interface SnapshotOptions {
  /** The generator that the training draws from. */
  readonly generator?: Generator;
}

const kinds: Kinds<SnapshotOptions> = {
  generator: kind('a Generator', (value) => value instanceof Generator),
};

function requireRun<T extends SnapshotSource<unknown, unknown>>(caller: string, run: T): T {
  const isRun = isPlainObject(run) && isRule.accepts(run.rule) && isPlainObject(run.state);
  if (isRun && isPlainObject(run.hyper) && isSteps.accepts(run.steps)) return run;
  throw new UsageError(
    `${caller}: takes the run of a training, as trainer(...) and training(...).start(...) make it; got ${describe(run)}.`,
  );
}

/**
 * The bytes of a snapshot. Hyper-parameters that are numbers are recorded; a schedule follows from the steps, and a learned
 * one from theta.
 */
export function formatSnapshot<P extends TensorTree, Theta extends TensorTree>(
  run: SnapshotSource<P, Theta>,
  options: SnapshotOptions = {},
): Uint8Array {
  const {
    rule,
    hyper,
    params,
    state,
    steps,
    buffers = {},
    key = 0,
    learned,
  } = requireRun('formatSnapshot', run);
  const { generator } = readOptions<SnapshotOptions>('formatSnapshot', options, kinds);
  const { dtype } = requireParameters('formatSnapshot', params);
  const tensors = {
    ...named('params', params),
    ...named('state', state),
    ...named('buffers', buffers),
    ...named('learned', tensorsOf(learned)),
  };
  return formatSafetensors(tensors, {
    ...{ format, version, rule: rule.name, dtype, steps: String(steps), key: String(key) },
    hyper: jsonText(numbersOf(rule, hyper)),
    ...(learned && { learnedSteps: String(learned.steps) }),
    ...(generator && { generator: JSON.stringify(generator.state()) }),
  });
}

/** The parts of a snapshot. */
export interface SnapshotParts<P, Theta, Buffers = TensorTree> {
  readonly params: P;
  readonly state: State;
  readonly steps: number;
  readonly buffers: Buffers;
  readonly key: number;
  readonly learned: LearnedProgress<Theta>;
  readonly generator: Generator;
  /** Hyper-parameters that are numbers. Those that are learned are in `learned`. */
  readonly hyper: Readonly<Record<string, number>>;
}

const partNames: readonly string[] = [
  ...['params', 'state', 'steps', 'buffers', 'key', 'learned', 'generator', 'hyper'],
];

/** A hyper-parameter whose value here differs from that in the file. */
export interface Difference {
  readonly name: string;
  readonly here: number;
  readonly file: number;
}

/**
 * The named parts of a snapshot, in the structure of `into`, a training of the same kind, which is not changed. Strict: a
 * part must have exactly the tensors of `into`, with their shapes and dtypes. Hyper-parameters are restored only where
 * `hyper` is among the parts, and not over others that are set; otherwise the numbers that differ are in `differing`.
 * @throws FormatError with everything that is wrong with the file.
 */
export function restoreSnapshot<
  P extends TensorTree,
  Theta extends TensorTree,
  Buffers extends TensorTree,
  const Part extends keyof SnapshotParts<P, Theta, Buffers>,
>(
  bytes: Uint8Array,
  into: SnapshotSource<P, Theta, Buffers>,
  parts: readonly Part[],
): Pick<SnapshotParts<P, Theta, Buffers>, Part> & { readonly differing: readonly Difference[] } {
  requireBytes('restoreSnapshot', bytes);
  requireRun('restoreSnapshot', into);
  requireList('restoreSnapshot', parts, "the names of parts, as in ['params', 'state', 'steps'],");
  for (const part of parts as readonly unknown[])
    if (!partNames.includes(part as string))
      throw new UsageError(
        `restoreSnapshot: there is no part ${describe(part)} of a snapshot; there are ${partNames.join(', ')}.` +
          (typeof part === 'string' ? suggestion(part, partNames) : ''),
      );
  const { tensors, metadata } = parseSafetensors(bytes, 'restoreSnapshot');
  if (metadata.format !== format || metadata.version !== version)
    throw new FormatError(
      `restoreSnapshot: this safetensors file says format '${shortened(metadata.format)}' version '${shortened(metadata.version)}', not '${format}' version '${version}'.`,
    );
  const problems: string[] = [];
  const asked = (...names: (keyof SnapshotParts<P, Theta, Buffers>)[]): boolean =>
    parts.some((part: string) => (names as string[]).includes(part));
  if (metadata.rule !== into.rule.name && asked('state', 'hyper'))
    problems.push(`rule: the snapshot is of ${shortened(metadata.rule)}, not of ${into.rule.name}`);

  const tree = <T>(prefix: string, like: T): T => takeTree(tensors, prefix, like, problems);
  const plain = <T>(name: string, read: (text: string) => T | null): T => {
    const value = readable(() => read(metadata[name]));
    if (value === null) problems.push(`${name}: ${name in metadata ? 'not readable' : 'missing'}`);
    return value as T;
  };
  const count = (text: string): number | null =>
    /^\d+$/.test(text) && isSteps.accepts(Number(text)) ? Number(text) : null;
  const int32 = (text: string): number | null =>
    /^-?\d+$/.test(text) && Number(text) === (Number(text) | 0) ? Number(text) : null;
  const file = plain('hyper', numbersIn);
  const differing = differences(numbersOf(into.rule, into.hyper), file);
  if (asked('hyper'))
    for (const { name, here, file: there } of differing.filter((each) => into.hyper[each.name] !== undefined))
      problems.push(`hyper.${name}: ${there} in the file, but ${here} is given here; leave one of them out`);

  const take: {
    readonly [Name in keyof SnapshotParts<P, Theta, Buffers>]: () => SnapshotParts<P, Theta, Buffers>[Name];
  } = {
    params: () => tree('params', into.params),
    state: () => tree('state', into.state),
    steps: () => plain('steps', count),
    buffers: () => tree('buffers', into.buffers ?? ({} as Buffers)),
    key: () => plain('key', int32),
    learned() {
      const steps = plain('learnedSteps', count);
      return { ...tree('learned', tensorsOf(into.learned)), steps } as LearnedProgress<Theta>;
    },
    generator: () => plain('generator', (text) => Generator.fromState(JSON.parse(text) as GeneratorState)),
    hyper: () => file,
  };
  const restored = Object.fromEntries(parts.map((part) => [part, take[part]()]));
  if (problems.length > 0)
    throw new FormatError(`restoreSnapshot: the snapshot does not fit.\n  ${listed(problems)}`);
  return {
    ...(restored as Pick<SnapshotParts<P, Theta, Buffers>, Part>),
    differing: asked('hyper') ? [] : differing,
  };
}

const listed = (problems: readonly string[]): string =>
  problems
    .slice(0, 100)
    .map((each) => shorten(each, 200))
    .join('\n  ') + (problems.length > 100 ? `\n  and ${problems.length - 100} more` : '');

/** The tensors under a prefix in the structure of `like`. Adds to `problems` where they do not fit. */
function takeTree<T>(
  tensors: Readonly<Record<string, Tensor>>,
  prefix: string,
  like: T,
  problems: string[],
): T {
  const describe = ({ dtype, shape }: Tensor): string => `${dtype}${formatShape(shape)}`;
  const expected = named(prefix, like);
  for (const [name, target] of Object.entries(expected)) {
    const tensor = tensors[name];
    if (!(name in tensors)) problems.push(`${name}: missing`);
    else if (!sameShape(tensor.shape, target.shape) || tensor.dtype !== target.dtype)
      problems.push(`${name}: ${describe(tensor)} in the file, ${describe(target)} here`);
  }
  for (const name of Object.keys(tensors))
    if ((name === prefix || name.startsWith(`${prefix}.`)) && !(name in expected))
      problems.push(`${name}: unexpected`);
  return mapTree(like, (_, path) => tensors[path === '' ? prefix : `${prefix}.${path}`]);
}

/** A text of the metadata, which may be missing, for errors. */
const shortened = (text: string | undefined): string => shorten(text ?? 'undefined');

const named = (prefix: string, tree: unknown): Record<string, Tensor> =>
  Object.fromEntries(
    leavesOf(tree).map(({ path, tensor }) => [path === '' ? prefix : `${prefix}.${path}`, tensor]),
  );

const tensorsOf = <Theta>(learned?: LearnedProgress<Theta>) =>
  learned === undefined ? {} : { theta: learned.theta, state: learned.state };

/** The hyper-parameters that are numbers, set or initial. */
function numbersOf(rule: Rule, hyper: HyperInput<string>): Record<string, number> {
  const values = Object.entries(rule.hyper).map(([name, { initial }]) => [name, hyper[name] ?? initial]);
  return Object.fromEntries(values.filter(([, value]) => typeof value === 'number')) as Record<
    string,
    number
  >;
}

function numbersIn(text: string): Readonly<Record<string, number>> | null {
  const values: unknown = JSON.parse(text);
  if (!isPlainObject(values)) return null;
  const entries = Object.entries(values).map(([name, value]) => [name, numberFromJson(value)] as const);
  return entries.every((entry): entry is [string, number] => entry[1] !== undefined)
    ? Object.fromEntries(entries)
    : null;
}

function differences(
  here: Readonly<Record<string, number>>,
  file: Readonly<Record<string, number>> | null,
): Difference[] {
  return Object.entries(file ?? {})
    .filter(
      ([name, value]) =>
        name in here && here[name] !== value && !(Number.isNaN(here[name]) && Number.isNaN(value)),
    )
    .map(([name, value]) => ({ name, here: here[name], file: value }));
}

function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
