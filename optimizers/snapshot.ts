/**
 * Snapshots of training as safetensors files. Parameters, state and what is being learned are tensors under the names of
 * their tree paths (`params.layers.0.weight`, `state.m.layers.0.weight`, `learned.theta.lr.log`); the rest is metadata.
 */
import { Generator, type GeneratorState } from '../engine/core/rng.js';
import { formatShape, sameShape } from '../engine/core/shape.js';
import { FormatError, type Tensor, type TensorTree, leavesOf, mapTree } from '../engine/index.js';
import { formatSafetensors, parseSafetensors } from '../engine/io/safetensors.js';
import type { HyperInput } from './hyper.js';
import type { LearnedProgress } from './metaStep.js';
import type { Rule, State } from './rule.js';

const format = 'metagrad snapshot';
const version = '1';

/** What a snapshot is made of, and restored into: a trainer or a meta-trainer is one. */
export interface Training<P, Theta = TensorTree> {
  readonly rule: Rule;
  readonly hyper: HyperInput<string>;
  readonly params: P;
  readonly state: State;
  readonly steps: number;
  readonly learned?: LearnedProgress<Theta>;
}

/**
 * The bytes of a snapshot. Hyper-parameters are recorded where they are numbers; one that is a schedule follows from the
 * steps, and one that is learned from theta. `generator` is the one that training draws from.
 */
export function formatSnapshot<P extends TensorTree, Theta extends TensorTree>(
  { rule, hyper, params, state, steps, learned }: Training<P, Theta>,
  { generator }: { readonly generator?: Generator } = {},
): Uint8Array {
  const { dtype } = leavesOf(params)[0].tensor;
  const tensors = { ...named('params', params), ...named('state', state), ...named('learned', tensorsOf(learned)) };
  return formatSafetensors(tensors, {
    ...{ format, version, rule: rule.name, dtype, steps: String(steps) },
    hyper: JSON.stringify(numbersOf(rule, hyper)),
    ...(learned && { learnedSteps: String(learned.steps) }),
    ...(generator && { generator: JSON.stringify(generator.state()) }),
  });
}

/** The parts that a snapshot may be asked for. */
export interface Restored<P, Theta> {
  readonly params: P;
  readonly state: State;
  readonly steps: number;
  readonly learned: LearnedProgress<Theta>;
  readonly generator: Generator;
  /** Plain hyper-parameters: numbers that somebody chose. Those that are learned are in `learned`. */
  readonly hyper: Readonly<Record<string, number>>;
}

/** A hyper-parameter with another value here than when the snapshot was made. */
export interface Difference {
  readonly name: string;
  readonly here: number;
  readonly file: number;
}

/**
 * The named parts of a snapshot, in the structure of `into`, a training of the same kind that is not changed. Strict: each
 * tensor of a part must be there with its shape and dtype, and no other. Hyper-parameters stay as they are here unless
 * asked for; the numbers that differ are reported in `differing`, and asking for them while giving others is refused.
 * @throws FormatError with everything that is wrong with the file.
 */
export function restoreSnapshot<
  P extends TensorTree,
  Theta extends TensorTree,
  const Part extends keyof Restored<P, Theta>,
>(
  bytes: Uint8Array,
  into: Training<P, Theta>,
  parts: readonly Part[],
): Pick<Restored<P, Theta>, Part> & { readonly differing: readonly Difference[] } {
  const { tensors, metadata } = parseSafetensors(bytes);
  if (metadata.format !== format || metadata.version !== version)
    throw new FormatError(
      `restoreSnapshot: this safetensors file is '${metadata.format}' version '${metadata.version}', not '${format}' version '${version}'.`,
    );
  const problems: string[] = [];
  const asked = (part: keyof Restored<P, Theta>): boolean => (parts as readonly string[]).includes(part);
  if (metadata.rule !== into.rule.name && (asked('state') || asked('hyper')))
    problems.push(`rule: the snapshot is of ${metadata.rule}, not of ${into.rule.name}`);

  const tree = <T>(prefix: string, like: T): T => takeTree(tensors, prefix, like, problems);
