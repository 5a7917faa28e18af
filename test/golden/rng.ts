/** Compares random streams with reference streams that NumPy and PyTorch wrote (the format of test/fixtures/rng.json). */
import { RandomState } from '../../engine/random/numpy.js';
import { Generator } from '../../engine/random/generator.js';
import { ulp32, ulp64 } from './ulp.js';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

type Verdict = Omit<Check, 'name'>;

interface Stream<Source> {
  readonly pattern: RegExp;
  /** Drawn from a generator that was seeded again, as are all streams listed after it. */
  readonly reseeded?: true;
  readonly check: (source: Source, golden: unknown, parameters: readonly number[]) => Verdict;
}

const number = String.raw`(-?\d+(?:\.\d+)?)`;
const named = (pattern: string): RegExp => new RegExp(`^${pattern.replaceAll('#', number)}$`);

const numpyStreams: readonly Stream<RandomState>[] = [
  { pattern: named('rand(?:_after)?'), check: (r, g) => exact(r.rand(lengthOf(g)), g) },
  { pattern: named('randn'), check: (r, g) => withinUlps(r.randn(lengthOf(g)), g) },
  {
    pattern: named('choice_#'),
    check: (r, g, [n]) =>
      exact(
        repeat(lengthOf(g), () => r.choice(n)),
        g,
      ),
  },
  {
    pattern: named('randint_#_#'),
    check: (r, g, [low, high]) => exact(r.randint(low, high, lengthOf(g)), g),
  },
  { pattern: named('permutation_#'), check: (r, g, [n]) => exact(r.permutation(n), g) },
];

const torchStreams: readonly Stream<Generator>[] = [
  { pattern: named('rand_float32'), check: (r, g) => exact(r.uniform(lengthOf(g)), g) },
  { pattern: named('randn_#_float32'), check: (r, g, [n]) => withinUlps(r.normal(n), g) },
  { pattern: named('randperm_#'), check: (r, g, [n]) => exact(r.permutation(n), g) },
  {
    pattern: named('uniform_#_#_float32'),
    check: (r, g, [low, high]) => exact(r.uniform(lengthOf(g), { low, high }), g),
  },
  { pattern: named('rand_float64'), check: (r, g) => exact(r.uniform(lengthOf(g), { dtype: 'float64' }), g) },
  {
    pattern: named('randn_float64'),
    check: (r, g) => withinUlps(r.normal(lengthOf(g), { dtype: 'float64' }), g),
  },
  {
    pattern: named('randint_#_#'),
    check: (r, g, [low, high]) => exact(r.integers(lengthOf(g), low, high), g),
  },
  { pattern: named('mlp_#_#_#'), reseeded: true, check: (r, g, sizes) => mlp(r, record(g), sizes) },
  {
    pattern: named('dataloader_shuffle_#'),
    reseeded: true,
    check: (r, g, [n]) => dataLoader(r, record(g), n),
  },
  {
    pattern: named('randn_#_float64'),
    reseeded: true,
    check: (r, g, [n]) => withinUlps(r.normal(n, { dtype: 'float64' }), g),
  },
];

/** One result per library, seed and stream. Integers and uniforms must be equal, normals within 4 ulp. */
export function checkRng(golden: unknown): Check[] {
  const checks: Check[] = [];
  for (const [library, seeds] of entries(golden, checks, 'rng')) {
    for (const [seed, streams] of entries(seeds, checks, library)) {
      const prefix = `${library} ${seed}`;
      if (library === 'numpy')
        checkStreams(prefix, streams, numpyStreams, () => new RandomState(Number(seed)), checks);
      else if (library === 'torch')
        checkStreams(prefix, streams, torchStreams, () => new Generator(Number(seed)), checks);
      else checks.push({ name: prefix, ok: false, detail: `'${library}' is not a library known here` });
    }
  }
  return checks;
}

/** The streams of one seed come one after the other from one generator, in the order of the file. */
function checkStreams<Source>(
  prefix: string,
  golden: unknown,
  known: readonly Stream<Source>[],
  seeded: () => Source,
  checks: Check[],
): void {
  let source: Source | undefined;
  for (const [stream, values] of entries(golden, checks, prefix)) {
    const name = `${prefix} ${stream}`;
    const found = known.find(({ pattern }) => pattern.test(stream));
    if (found === undefined) {
      checks.push({ name, ok: false, detail: `'${stream}' is not a stream known here` });
      continue;
    }
    const parameters = found.pattern.exec(stream)!.slice(1).map(Number);
    try {
      if (source === undefined || found.reseeded) source = seeded();
      checks.push({ name, ...found.check(source, values, parameters) });
    } catch (error) {
      checks.push({ name, ok: false, detail: String(error) });
    }
  }
}

/** PyTorch's default initialisation of linear layers: weights, then biases, uniform in +-1/sqrt(inputs). */
function mlp(
  generator: Generator,
  golden: Readonly<Record<string, unknown>>,
  sizes: readonly number[],
): Verdict {
  const uniform = (count: number, bound: number): Float32Array =>
    generator.uniform(count, { low: -bound, high: bound });
  const drawn: Record<string, ArrayLike<number> | undefined> = {};
  sizes.slice(1).forEach((outputs, layer) => {
    const inputs = sizes[layer];
    // kaiming_uniform_(a = sqrt(5)), in the order in which PyTorch rounds.
    const weightBound = Math.sqrt(3) * (Math.sqrt(2 / (1 + Math.sqrt(5) ** 2)) / Math.sqrt(inputs));
    const weight = uniform(inputs * outputs, weightBound);
    const bias = uniform(outputs, 1 / Math.sqrt(inputs));
    drawn[`w${layer}`] = weight;
    drawn[`w${layer}_row0`] = weight.subarray(0, inputs);
    drawn[`w${layer}_sum`] = [weight.reduce((sum, w) => sum + w, 0)];
    drawn[`b${layer}`] = bias;
  });
  const verdicts = Object.entries(golden)
    .filter(([key]) => key !== 'order')
    .map(([key, values]): Verdict => {
      const permuted = /^then_randperm_(\d+)_first(\d+)$/.exec(key);
      const full = permuted === null ? key.replace(/_first\d+$/, '') : key;
      const ours = permuted === null ? drawn[full] : generator.permutation(Number(permuted[1]));
      const first = /_first(\d+)$/.exec(key)?.[1];
      const verdict =
        ours === undefined
          ? { ok: false, detail: 'is not known here' }
          : exact(
              Array.from(ours).slice(0, Number(first ?? ours.length)),
              typeof values === 'number' ? [values] : values,
            );
      return { ok: verdict.ok, detail: `${key}: ${verdict.detail}` };
    });
  return every(verdicts);
}

/** `DataLoader(shuffle=True)`: a base seed, then a sampler seed for a generator of its own, each epoch. */
function dataLoader(generator: Generator, golden: Readonly<Record<string, unknown>>, n: number): Verdict {
  const epochs = golden.epochs;
  if (!Array.isArray(epochs)) return { ok: false, detail: 'epochs is not an array' };
  const verdicts = epochs.map((epoch: unknown) => {
    generator.int63();
    return exact(generator.spawn().permutation(n), epoch);
  });
  verdicts.push(exact(generator.uniform(1), [golden.rand_after]));
  const unknown = Object.keys(golden).filter((key) => !['note', 'epochs', 'rand_after'].includes(key));
  if (unknown.length > 0) verdicts.push({ ok: false, detail: `${unknown.join(', ')}: not known here` });
  return every(verdicts);
}

function every(verdicts: readonly Verdict[]): Verdict {
  const wrong = verdicts.find(({ ok }) => !ok);
  return wrong ?? { ok: true, detail: `${verdicts.length} parts equal` };
}

function exact(ours: ArrayLike<number>, golden: unknown): Verdict {
  return compare(ours, golden, 0);
}

function withinUlps(ours: ArrayLike<number>, golden: unknown): Verdict {
  return compare(ours, golden, 4);
}

function compare(ours: ArrayLike<number>, golden: unknown, allowed: number): Verdict {
  const expected = numbers(golden);
  if (ours.length !== expected.length)
    return { ok: false, detail: `${expected.length} values where the name says ${ours.length}` };
  const ulp = ours instanceof Float32Array ? ulp32 : ulp64;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = ours[i] === expected[i] ? 0 : Math.abs(ours[i] - expected[i]) / ulp(expected[i]);
    if (!(error <= allowed))
      return { ok: false, detail: `value ${i} is ${ours[i]}, not ${expected[i]}: ${error} ulp off` };
    worst = Math.max(worst, error);
  }
  return {
    ok: true,
    detail:
      allowed === 0 ? `${expected.length} values equal` : `${expected.length} values within ${worst} ulp`,
  };
}

const repeat = (count: number, draw: () => number): number[] => Array.from({ length: count }, draw);

const lengthOf = (golden: unknown): number => numbers(golden).length;

function numbers(golden: unknown): readonly number[] {
  if (Array.isArray(golden) && golden.every((value): value is number => typeof value === 'number'))
    return golden;
  throw new TypeError('the golden values are not an array of numbers');
}

function record(golden: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(golden)) return golden;
  throw new TypeError('the golden value is not an object');
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function entries(value: unknown, checks: Check[], name: string): [string, unknown][] {
  if (isRecord(value) && Object.keys(value).length > 0) return Object.entries(value);
  checks.push({ name, ok: false, detail: 'the golden file has no entries here' });
  return [];
}
