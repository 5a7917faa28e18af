/**
 * MNIST-1D (Greydanus and Kobak, "Scaling Down Deep Learning with MNIST-1D", 2020): ten one-dimensional
 * digits, each example a template that was padded, stretched, scaled, moved, made noisy, sheared and sampled.
 * `mnist1d()` makes the published data set; its random draws are those of the published program.
 */
import { requireBytes } from '../engine/core/arguments.js';
import { FormatError, UsageError } from '../engine/core/errors.js';
import { RandomState } from '../engine/random/numpy.js';
import { type Kinds, isBoolean, isNumber, isOneOf, kind, readOptions } from '../engine/core/options.js';
import type { FloatArray, FloatDType } from '../engine/random/generator.js';
import { formatShape } from '../engine/core/shape.js';
import { ownTypedArray } from '../engine/core/create.js';
import { Tensor } from '../engine/core/tensor.js';
import { type Dataset, makeSplit } from './dataset.js';
import { unpickle } from './pickle.js';
import { gaussianFilter, linspace, resample, rotate, standardise } from './signal.js';

/** The arguments of the published generator, under their names there in camel case. */
export interface Mnist1dArgs {
  /** Examples in all; a tenth of them, rounded down, for each digit. */
  readonly numSamples: number;
  /** Fraction of the examples for training. */
  readonly trainSplit: number;
  /** Length of the templates, counted into the length to which a padded example is stretched. */
  readonly templateLen: number;
  /** Fewest and most zeros put after a template; the stretched length is templateLen plus the most. */
  readonly padding: readonly [number, number];
  /** Amplitudes are multiplied by 1 -+ half of this. */
  readonly scaleCoeff: number;
  /** Examples are rotated by less than this many places. */
  readonly maxTranslation: number;
  /** Standard deviation of the noise, before smoothing, where the padding was. */
  readonly corrNoiseScale: number;
  /** Standard deviation of the white noise. */
  readonly iidNoiseScale: number;
  /** A line through 0 that falls or rises by up to half of this is subtracted. */
  readonly shearScale: number;
  /** Whether the positions in all examples are shuffled, by one permutation. */
  readonly shuffleSeq: boolean;
  /** Length of an example. */
  readonly finalSeqLength: number;
  /** From 0 to 2^32 - 1. */
  readonly seed: number;
}

export const mnist1dDefaults: Mnist1dArgs = {
  numSamples: 5000,
  trainSplit: 0.8,
  templateLen: 12,
  padding: [36, 60],
  scaleCoeff: 0.4,
  maxTranslation: 48,
  corrNoiseScale: 0.25,
  iidNoiseScale: 2e-2,
  shearScale: 0.75,
  shuffleSeq: false,
  finalSeqLength: 40,
  seed: 42,
};

/** Options of `mnist1d` and `readMnist1d`. */
export interface Mnist1dOptions {
  /** The dtype of the signals; by default float32. */
  readonly dtype?: FloatDType;
}

const dtypeKinds = { dtype: isOneOf('float32', 'float64') };

const argKinds: Kinds<Mnist1dArgs> = {
  numSamples: isNumber,
  trainSplit: isNumber,
  templateLen: isNumber,
  padding: kind('two integers', (value) => Array.isArray(value) && value.length === 2),
  scaleCoeff: isNumber,
  maxTranslation: isNumber,
  corrNoiseScale: isNumber,
  iidNoiseScale: isNumber,
  shearScale: isNumber,
  shuffleSeq: isBoolean,
  finalSeqLength: isNumber,
  seed: isNumber,
};

/** The ten digits as the published program draws them. */
const drawings: readonly (readonly number[])[] = [
  [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
  [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
  [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
  [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
  [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
  [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
  [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
  [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
  [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
  [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
];

/**
 * MNIST-1D: `train` and `test` with x [n, finalSeqLength] of mean 0 and standard deviation 1 over both splits, and y the
 * digit. Arguments that are left out have the published values. x is computed in float64 and returned as `dtype`.
 * @throws UsageError for arguments that determine no data set.
 */
export function mnist1d(
  args: Partial<Mnist1dArgs> = {},
  options: Mnist1dOptions = {},
): Dataset<'train' | 'test'> {
  const { dtype } = readOptions<Mnist1dOptions>('mnist1d', options, dtypeKinds);
  const changes = readOptions<Partial<Mnist1dArgs>>('mnist1d', args, argKinds, {
    elsewhere: { dtype: "It is a second argument, as in mnist1d({seed: 1}, {dtype: 'float64'})." },
  });
  const entries = Object.entries<unknown>({ ...changes }).filter(([, value]) => value !== undefined);
  const complete: Mnist1dArgs = { ...mnist1dDefaults, ...Object.fromEntries(entries) };
  checkArgs(complete);
  const { seed, numSamples, finalSeqLength: width, shuffleSeq, trainSplit } = complete;
  const random = new RandomState(seed);
  const perDigit = Math.floor(numSamples / drawings.length);
  const examples = drawings.flatMap((drawing) => {
    const template = normalise(drawing);
    return Array.from({ length: perDigit }, () => transform(template, complete, random));
  });
  const order = random.permutation(examples.length);
  const places = shuffleSeq ? random.permutation(width) : undefined;

  const x = new Float64Array(examples.length * width);
  order.forEach((example, row) => {
    for (let i = 0; i < width; i++) x[row * width + i] = examples[example][places?.[i] ?? i];
  });
  const y = order.map((example) => Math.floor(example / perDigit));
  standardise(x);
  const trainCount = Math.trunc(examples.length * trainSplit);
  return {
    train: makeSplit(
      'train',
      matrix(x.subarray(0, trainCount * width), width, dtype),
      ownTypedArray(y.slice(0, trainCount)),
    ),
    test: makeSplit(
      'test',
      matrix(x.subarray(trainCount * width), width, dtype),
      ownTypedArray(y.slice(trainCount)),
    ),
  };
}

/**
 * The data set in the published file (`mnist1d_data.pkl`), or in another that the published program wrote. x is float64 in
 * the file and returned as `dtype`.
 * @throws FormatError for any other file.
 */
export function readMnist1d(bytes: Uint8Array, options: Mnist1dOptions = {}): Dataset<'train' | 'test'> {
  const { dtype } = readOptions<Mnist1dOptions>('readMnist1d', options, dtypeKinds);
  requireBytes('readMnist1d', bytes);
  const content = unpickle(bytes);
  const array = (key: string, rank: number): Tensor => {
    const value: unknown = content instanceof Map ? content.get(key) : undefined;
    if (!(value instanceof Tensor) || value.rank !== rank || value.size === 0)
      throw new FormatError(
        `readMnist1d: the pickle holds no array '${key}' of rank ${rank}; it is not an MNIST-1D file.`,
      );
    return value;
  };
  const split = <Name extends string>(name: Name, xKey: string, yKey: string) => {
    const [x, y] = [array(xKey, 2), array(yKey, 1)];
    if (x.shape[0] !== y.size || y.dtype !== 'int32')
      throw new FormatError(
        `readMnist1d: '${xKey}' is ${x.dtype}${formatShape(x.shape)} and '${yKey}' ${y.dtype}${formatShape(y.shape)}; ` +
          'an MNIST-1D file has one integer for each example.',
      );
    return makeSplit(name, matrix(x.toTypedArray(), x.shape[1], dtype), y);
  };
  return { train: split('train', 'x', 'y'), test: split('test', 'x_test', 'y_test') };
}

function matrix(values: ArrayLike<number>, width: number, dtype: FloatDType = 'float32'): Tensor {
  const data: FloatArray = dtype === 'float32' ? Float32Array.from(values) : Float64Array.from(values);
  return ownTypedArray(data, [data.length / width, width]);
}

/** A drawing with standard deviation 1/6 that begins at 0. */
function normalise(drawing: readonly number[]): Float64Array {
  const template = Float64Array.from(drawing);
  standardise(template);
  const first = template[0];
  return template.map((value) => (value - first) / 6);
}

/** One example of a digit. The order of the draws is that of the published program. */
function transform(template: Float64Array, args: Mnist1dArgs, random: RandomState): Float64Array {
  const uniform = (): number => random.rand(1)[0];
  const [fewest, most] = args.padding;
  const padded = new Float64Array(template.length + fewest + Math.floor(uniform() * (most - fewest + 1)));
  // Exact zeros count as padding below, so the template must have none.
  for (let i = 0; i < template.length; i++) padded[i] = template[i] + 1e-8;

  const length = args.templateLen + most;
  const scale = 1 + args.scaleCoeff * (uniform() - 0.5);
  const stretched = resample(padded, length).map((value) => value * scale);
  const moved = rotate(stretched, random.choice(args.maxTranslation));

  const noise = gaussianFilter(
    random.randn(length).map((z) => args.corrNoiseScale * z),
    2,
  );
  const white = random.randn(length);
  const coefficient = args.shearScale * (uniform() - 0.5);
  const slope = linspace(-0.5, 0.5, length);
  const noisy = moved.map(
    (value, i) => (value === 0 ? noise[i] : value) + args.iidNoiseScale * white[i] - coefficient * slope[i],
  );
  return resample(noisy, args.finalSeqLength);
}

const mostNumbers = 2 ** 28;

function checkArgs(args: Mnist1dArgs): void {
  const refuse = (name: keyof Mnist1dArgs, rule: string): never => {
    throw new UsageError(`mnist1d: ${name} is ${String(args[name])}; it must be ${rule}.`);
  };
  const isIntegerFrom = (value: number, least: number): boolean =>
    Number.isSafeInteger(value) && value >= least;
  const { numSamples, trainSplit, padding, templateLen, maxTranslation, finalSeqLength, seed } = args;
  if (!isIntegerFrom(numSamples, drawings.length)) refuse('numSamples', 'an integer, 10 or more');
  if (!isIntegerFrom(padding[0], 0) || !isIntegerFrom(padding[1], padding[0]))
    refuse('padding', 'two integers >= 0, the smaller first');
  if (!isIntegerFrom(templateLen, 1)) refuse('templateLen', 'an integer, 1 or more');
  if (!isIntegerFrom(maxTranslation, 1)) refuse('maxTranslation', 'an integer, 1 or more');
  if (!isIntegerFrom(finalSeqLength, 1)) refuse('finalSeqLength', 'an integer, 1 or more');
  if (!isIntegerFrom(seed, 0) || seed > 0xffffffff) refuse('seed', 'an integer from 0 to 2^32 - 1');
  const longest = Math.max(templateLen + padding[1], finalSeqLength);
  if (numSamples * longest > mostNumbers)
    throw new UsageError(
      `mnist1d: ${numSamples} examples of ${longest} numbers are more than fit in memory (${mostNumbers} numbers); make fewer.`,
    );
  for (const name of ['scaleCoeff', 'corrNoiseScale', 'iidNoiseScale', 'shearScale'] as const)
    if (!Number.isFinite(args[name])) refuse(name, 'a finite number');
  const examples = numSamples - (numSamples % drawings.length);
  if (!(Math.trunc(examples * trainSplit) >= 1 && Math.trunc(examples * trainSplit) < examples))
    refuse('trainSplit', `such that some of ${examples} examples are for training and some for testing`);
}
