/**
 * The gpu backend beside wasm: matrix products, training steps by the number of them in a call and by batch, what a call
 * and a kernel cost, and PyTorch on CUDA where it has that. Every result is compared with that of wasm.
 */
import { type DeviceInfo, type GpuMode } from '../../engine/backends/gpu/lower/program.js';
import { gpuDevice } from '../../engine/backends/gpu/gpu.js';
import {
  type BackendOptions,
  Generator,
  type Tensor,
  compile,
  fromTypedArray,
  matmul,
  repeat,
  stack,
  zeros,
} from '../../engine/index.js';
import { type Environment, torchOf } from '../environment.js';
import { type Peer, encode } from '../peer.js';
import {
  type Size,
  type Training,
  adamHyper,
  beginning,
  encodeBatch,
  encodeTree,
  nameOf,
  problemOf,
  sumOf,
  trainingStep,
} from '../problems.js';
import type { Row } from '../rows.js';

/** The tolerance of results against those of wasm, relative to the largest of them. */
const tolerance = 1e-4;

/** Something that both backends compute: what it gives is compared, and it is timed. */
interface Contestant {
  readonly lib: string;
  readonly once: () => readonly number[];
}

const backends: Readonly<Record<string, BackendOptions>> = {
  wasm: { backend: 'wasm' },
  webasm: { backend: 'gpu', mode: 'webasm' },
  webgpu: { backend: 'gpu', mode: 'webgpu' },
};

export async function gpu({ peers }: Environment): Promise<Row[]> {
  const device = findDevice('webgpu');
  const libs = Object.keys(backends).filter((lib) => lib !== 'webgpu' || device !== undefined);
  const isFast = device !== undefined && !device.isSoftware;
  const torch = torchOf(peers).slice(0, 1);
  const rows = [...overheads(libs)];
  for (const size of isFast ? [128, 512, 1024] : [128]) rows.push(...(await products(libs, size, torch)));
  for (const size of [
    { sizes: [40, 64, 64, 10], batch: 32 },
    { sizes: [40, 128, 128, 10], batch: 128 },
  ]) {
    for (const steps of isFast || size.batch === 32 ? [1, 8, 64] : [1, 8])
      rows.push(...training(libs, size, steps));
    rows.push(...(await trainingOnCuda(size, torch)));
  }
  return [...rows, ...scaling(libs, isFast ? [32, 128, 512, 2048] : [32, 128, 512])];
}

/** Says which device there is, or why there is none. */
function findDevice(mode: GpuMode): DeviceInfo | undefined {
  try {
    const device = gpuDevice(mode);
    console.error(`gpu: ${device.adapter} (${device.isSoftware ? 'software' : 'hardware'})`);
    return device;
  } catch (error) {
    console.error(`${String(error)}\ngpu: measuring webasm only.`);
    return undefined;
  }
}

/**
 * Seconds for one run of each, the fastest of several that take turns, for a second each and `most` times at most.
 *
 * @throws Error if one of them gives other numbers than the first.
 */
function fastest(name: string, contestants: readonly Contestant[], most = 100): ReadonlyMap<string, number> {
  const [{ lib: reference, once }] = contestants;
  const expected = once();
  const scale = Math.max(...expected.map(Math.abs));
  for (const { lib, once: run } of contestants) {
    // Twice, because the first runs of a repeated step are single ones.
    run();
    const off = Math.max(...run().map((x, i) => Math.abs(x - expected[i]))) / scale;
    if (!(off < tolerance)) throw new Error(`gpu: ${name} on ${lib} is off by ${off} from ${reference}.`);
  }
  const best = new Map(contestants.map(({ lib }) => [lib, Infinity]));
  const end = performance.now() + 1000 * contestants.length;
  for (let round = 0; round < 3 || (round < most && performance.now() < end); round++)
    for (const { lib, once: run } of contestants) {
      const started = performance.now();
      run();
      best.set(lib, Math.min(best.get(lib)!, (performance.now() - started) / 1000));
    }
  return best;
}

/** Rows of times, each with how many times as fast as wasm it is. */
const timeRows = (name: string, seconds: ReadonlyMap<string, number>, runs = 1): Row[] =>
  [...seconds].map(([lib, value]) => ({
    group: 'gpu',
    name,
    lib,
    value: (value / runs) * 1e6,
    unit: 'us',
    ...(lib !== 'wasm' && seconds.has('wasm') && { ratioTo: { wasm: seconds.get('wasm')! / value } }),
  }));

/** Rates of products of square matrices whose factors stay on the device from product to product. */
async function products(libs: readonly string[], size: number, torch: readonly Peer[]): Promise<Row[]> {
  const count = 8;
  const random = new Generator(1);
  const draw = (): Tensor =>
    fromTypedArray(
      random.normal(size * size).map((x) => x / Math.sqrt(size)),
      [size, size],
    );
  const [start, factor, items] = [draw(), draw(), zeros([count])];
  const name = `product ${size}^3`;
  const contestants = libs.map((lib): Contestant => {
    const chain = repeat(
      count,
      (x: Tensor, _: Tensor, a: Tensor) => [matmul(x, a), {}] as const,
      backends[lib],
    );
    return { lib, once: () => [...chain(start, items, factor)[0].toTypedArray()] };
  });
  const rates = new Map(
    [...fastest(name, contestants)].map(([lib, s]) => [lib, (2 * size ** 3 * count) / s]),
  );
  const given = { form: 'NN', a: encode(start), b: encode(factor) };
  const y = matmul(start, factor);
  const seconds = await onCuda(torch, 'gemm', given, [sumOf(y), sumOf(y.slice({ end: 1 }))], 1e-2);
  if (seconds !== undefined) rates.set('torch cuda', (2 * size ** 3) / seconds);
  return [...rates].map(([lib, rate]) => ({
    group: 'gpu',
    name,
    lib,
    value: rate / 1e9,
    unit: 'GFLOP/s',
    ...(lib !== 'wasm' && { ratioTo: { wasm: rate / rates.get('wasm')! } }),
  }));
}

/** So many training steps in one call, and the losses of them all. */
function trainingOn(lib: string, size: Size, steps: number): Contestant {
  const { params, loss, batch } = problemOf(size);
  const run = repeat(
    steps,
    (now: Training, item: typeof batch, hyper: typeof adamHyper) => {
      const { now: after, loss: value } = trainingStep(loss, now, hyper, item);
      return [after, { loss: value }] as const;
    },
    backends[lib],
  );
  const items = {
    x: stack(Array.from({ length: steps }, () => batch.x)),
    y: stack(Array.from({ length: steps }, () => batch.y)),
  };
  return { lib, once: () => [...run(beginning(params), items, adamHyper)[1].loss.toTypedArray()] };
}

function training(libs: readonly string[], size: Size, steps: number): Row[] {
  const name = `step ${nameOf(size)}, ${steps} a call`;
  return timeRows(
    name,
    fastest(
      name,
      libs.map((lib) => trainingOn(lib, size, steps)),
    ),
    steps,
  );
}

async function trainingOnCuda(size: Size, torch: readonly Peer[]): Promise<Row[]> {
  const { params, batch } = problemOf(size);
  const given = { params: encodeTree(params), batch: encodeBatch(batch) };
  const seconds = await onCuda(torch, 'step', given, trainingOn('wasm', size, 3).once());
  return seconds === undefined
    ? []
    : timeRows(`step ${nameOf(size)}, 1 a call`, new Map([['torch cuda', seconds]]));
}

/** Steps by batch, and the batch from which on the GPU is faster; NaN where it never is. */
function scaling(libs: readonly string[], batches: readonly number[]): Row[] {
  const raced = libs.filter((lib) => lib !== 'webasm');
  if (raced.length < 2) return [];
  const steps = 8;
  let overtaken = NaN;
  const rows = batches.flatMap((batch) => {
    const size = { sizes: [40, 128, 128, 10], batch };
    const name = `batch: step ${nameOf(size)}, ${steps} a call`;
    const seconds = fastest(
      name,
      raced.map((lib) => trainingOn(lib, size, steps)),
    );
    if (seconds.get('webgpu')! >= seconds.get('wasm')!) overtaken = NaN;
    else if (Number.isNaN(overtaken)) overtaken = batch;
    return timeRows(name, seconds, steps);
  });
  const why = Number.isNaN(overtaken) ? `slower than wasm up to batch ${batches.at(-1)!}` : '';
  return [
    ...rows,
    { group: 'gpu', name: 'batch: overtakes wasm', lib: 'webgpu', value: overtaken, unit: 'examples', why },
  ];
}

/**
 * What a call costs, and what a kernel costs besides: plans of 60 kernels of 64 elements against plans of one. Each backend
 * by itself, as programs call it: two threads that hand over calls without a pause need not wake one another.
 */
function overheads(libs: readonly string[]): Row[] {
  const many = 60;
  const random = new Generator(1);
  const start = fromTypedArray(random.normal(64), [8, 8]);
  const factor = fromTypedArray(
    random.normal(64).map((x) => x / Math.sqrt(8)),
    [8, 8],
  );
  const chainOf =
    (kernels: number) =>
    (x: Tensor, a: Tensor): Tensor => {
      let y = x;
      for (let k = 0; k < kernels; k++) y = matmul(y, a);
      return y;
    };
  const [one, all] = [1, many].map((kernels) => {
    const seconds = libs.flatMap((lib) => {
      const f = compile(chainOf(kernels), backends[lib]);
      const contestant = { lib, once: () => [...f(start, factor).toTypedArray()] };
      return [...fastest(`${kernels} kernels`, [contestant], 20_000)];
    });
    return new Map(seconds);
  });
  const aKernel = new Map(libs.map((lib) => [lib, (all.get(lib)! - one.get(lib)!) / (many - 1)]));
  const aCall = new Map(libs.map((lib) => [lib, one.get(lib)! - aKernel.get(lib)!]));
  return [...timeRows('a call, beside its kernels', aCall), ...timeRows('a kernel of 64 elements', aKernel)];
}

/** Seconds for one run by PyTorch on CUDA; undefined where it has none. */
async function onCuda(
  torch: readonly Peer[],
  name: string,
  given: object,
  expected: readonly number[],
  relative = 1e-3,
): Promise<number | undefined> {
  for (const peer of torch) {
    const answer = await peer.prepare({
      name,
      given: { ...given, device: 'cuda' },
      expected,
      tolerance: relative,
    });
    if (answer === null || !('run' in answer)) continue;
    let best = Infinity;
    for (let round = 0; round < 20; round++) best = Math.min(best, (await answer.run(20)) / 20);
    return best;
  }
  return undefined;
}
