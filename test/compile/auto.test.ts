/** Who is chosen by `auto`, with executables that take as long as they say: no clock of this machine, no device. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GpuExecutable } from '../../engine/backends/gpu/gpu.js';
import { type Choice, type Tensor, compile, mul, tensor } from '../../engine/index.js';
import type { LoweredPlan } from '../../engine/ir/plan.js';
import type { Executable, Repetition } from '../../engine/backends/executable.js';
import { compileAuto } from '../../engine/plan/auto/auto.js';

let clock: number;

beforeEach(() => {
  clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A running sum: buffer 0 is added to by buffer 1, and is the result. */
const plan: LoweredPlan = {
  buffers: [
    { dtype: 'float32', size: 2 },
    { dtype: 'float32', size: 2 },
  ],
  stages: [],
  inputs: [0, 1],
  literals: [],
  outputs: [{ buffer: 0, shape: [2], strides: [1], offset: 0 }],
};

interface Says {
  /** Milliseconds of a run. */
  readonly alone: number;
  /** Milliseconds of a run among many. */
  readonly among?: number;
  /** What its results are off by. */
  readonly off?: number;
  readonly error?: string;
}

interface Counting extends GpuExecutable {
  readonly lengths: readonly number[];
}

function summing({ alone, among = alone, off = 0, error }: Says): Counting {
  const memory = [new Float32Array(2), new Float32Array(2)];
  const lengths: number[] = [];
  const add = (takes: number): void => {
    if (error !== undefined) throw new Error(error);
    clock += takes;
    memory[0].forEach((x, i) => (memory[0][i] = x + memory[1][i] + off));
  };
  return {
    lengths,
    device: {
      mode: 'webgpu',
      adapter: 'a stopwatch',
      isSoftware: true,
      arrays: 8,
      elements: 100,
      resultNumbers: 100,
    },
    execution: () => undefined,
    view: (buffer) => memory[buffer],
    run() {
      lengths.push(1);
      add(alone);
    },
    runMany({ count, feeds, reads }: Repetition) {
      lengths.push(count);
      for (let run = 0; run < count; run++) {
        if (run > 0) for (const { buffer, row } of feeds) memory[buffer].set(row(run));
        add(among);
        for (const { buffer, store } of reads) store(run, memory[buffer]);
      }
    },
  };
}

function begun(wasm: Says, gpu: Says | Error) {
  const choices: Choice[] = [];
  const made = gpu instanceof Error ? undefined : summing(gpu);
  const executable = compileAuto(
    plan,
    summing(wasm),
    () => {
      if (made === undefined) throw gpu as Error;
      return made;
    },
    (choice) => choices.push(choice),
  );
  executable.view(0).set([10, 20]);
  executable.view(1).set([1, 2]);
  return { executable, choices, gpu: made };
}

const numbersOf = (executable: Executable): number[] => [...executable.view(0)];

describe('a plan that is run', () => {
  it.each<[string, Says, Says, Choice]>([
    [
      'on wasm where that is faster',
      { alone: 0.041 },
      { alone: 12 },
      {
        backend: 'wasm',
        milliseconds: { wasm: expect.closeTo(0.041) as number, gpu: 12 },
        reason: 'wasm 0.041 ms, gpu (webgpu, a stopwatch) 12 ms',
      },
    ],
    [
      'on the device where that is faster',
      { alone: 30 },
      { alone: 0.5 },
      {
        backend: 'gpu',
        milliseconds: { wasm: 30, gpu: 0.5 },
        reason: 'wasm 30 ms, gpu (webgpu, a stopwatch) 0.5 ms',
      },
    ],
    [
      'on wasm where the device is faster and wrong',
      { alone: 30 },
      { alone: 0.5, off: 0.02 },
      {
        backend: 'wasm',
        milliseconds: { wasm: 30 },
        reason: 'wasm 30 ms, gpu (webgpu, a stopwatch) is off by 11 times what it may be',
      },
    ],
    [
      'on wasm where what the device computes is no number',
      { alone: 30 },
      { alone: 0.5, off: NaN },
      {
        backend: 'wasm',
        milliseconds: { wasm: 30 },
        reason: 'wasm 30 ms, gpu (webgpu, a stopwatch) is off by NaN times what it may be',
      },
    ],
    [
      'on the device where that is off by rounding',
      { alone: 30 },
      { alone: 0.5, off: 1e-4 },
      expect.objectContaining({ backend: 'gpu' }) as Choice,
    ],
    [
      'on wasm where the device cannot',
      { alone: 3 },
      { alone: 0.5, error: 'gpu: argument 0 has NaN.' },
      {
        backend: 'wasm',
        milliseconds: { wasm: 3 },
        reason: 'wasm 3 ms; gpu: argument 0 has NaN.',
      },
    ],
  ])('runs %s, once a call', (_, wasm, gpu, choice) => {
    const { executable, choices } = begun(wasm, gpu);
    expect(executable.choice()).toBeUndefined();
    executable.run();
    expect(executable.choice()).toEqual(choice);
    const off = executable.gpu() === undefined ? 0 : (gpu.off ?? 0);
    expect(numbersOf(executable)).toEqual([11 + off, 22 + off].map(Math.fround));
    executable.view(1).set([0, 100]);
    executable.run();
    expect(executable.view(0)[1]).toBeCloseTo(122 + 2 * off, 4);
    expect(choices).toEqual([choice]);
  });

  it.each([
    [0.5, 'gpu', /^wasm 30 ms, gpu .* 1 ms$/],
    [50, 'wasm', /is off by 2\.\d times what it may be$/],
  ])('whose result is rounding may be off by %f: it runs on %s', (off, backend, reason) => {
    // What it adds is the rounding of its argument, ten million times.
    const cancelling = (alone: number, error: number): GpuExecutable => {
      const executable = summing({ alone });
      return {
        ...executable,
        run() {
          clock += alone;
          const [sum, added] = [executable.view(0), executable.view(1)];
          sum.forEach((x, i) => (sum[i] = x + 1e7 * (added[i] - [1, 2][i]) + error));
        },
      };
    };
    const executable = compileAuto(
      plan,
      cancelling(30, 0),
      () => cancelling(1, off),
      () => undefined,
    );
    executable.view(0).set([10, 20]);
    executable.view(1).set([1, 2]);
    executable.run();
    expect(executable.choice()).toMatchObject({ backend, reason: expect.stringMatching(reason) as string });
  });

  it('runs on wasm where no device can be opened', () => {
    const { executable } = begun({ alone: 3 }, new Error('gpu: no adapter answered.'));
    executable.run();
    expect(executable.choice()).toMatchObject({
      backend: 'wasm',
      reason: 'wasm 3 ms; gpu: no adapter answered.',
    });
    expect(numbersOf(executable)).toEqual([11, 22]);
  });

  it('is measured at its first call only, and for about a quarter of a second', () => {
    const { executable, gpu } = begun({ alone: 1000 }, { alone: 0.5 });
    executable.run();
    expect(gpu!.lengths).toEqual([1, 1, 1, 1, 1, 1, 1]);
    // One run to compare, and one that takes longer than a measurement does.
    expect(clock).toBe(2 * 1000 + 7 * 0.5);
    executable.run();
    expect(gpu!.lengths).toHaveLength(8);
  });

  it('throws what wasm throws, and has then decided nothing', () => {
    const says = { alone: 1, error: 'gather: index 3' };
    const { executable, choices } = begun(says, { alone: 0.5 });
    expect(() => {
      executable.run();
    }).toThrow('gather: index 3');
    expect(choices).toEqual([]);
    expect(executable.choice()).toBeUndefined();
  });
});

describe('a plan that is repeated', () => {
  const repetition = (count: number, read: number[] = []): Repetition => ({
    count,
    feeds: [{ buffer: 1, row: (run) => Float32Array.of(run, 1) }],
    reads: [{ buffer: 0, store: (run, numbers) => (read[run] = numbers[0]) }],
  });

  it('is measured as one of many runs, which may be faster than alone', () => {
    const [wasm, gpu] = [{ alone: 2 }, { alone: 5, among: 0.25 }];
    const { executable } = begun(wasm, gpu);
    executable.runMany!(repetition(100));
    expect(executable.choice()).toMatchObject({
      backend: 'gpu',
      milliseconds: { wasm: 2, gpu: 0.25 },
    });
    const alone = begun(wasm, gpu);
    alone.executable.run();
    expect(alone.executable.choice()).toMatchObject({ backend: 'wasm', milliseconds: { wasm: 2, gpu: 5 } });
  });

  it.each([0.1, 10])('runs as often as it says, whoever runs it (device: %f ms)', (among) => {
    const { executable } = begun({ alone: 1 }, { alone: 10, among });
    const read: number[] = [];
    executable.runMany!(repetition(5, read));
    // The first run finds its row in place.
    expect(read).toEqual([11, 12, 14, 17, 21]);
    expect(numbersOf(executable)).toEqual([21, 26]);
    executable.runMany!(repetition(3, read));
    expect(numbersOf(executable)[1]).toBe(29);
  });

  it.each([
    [1, []],
    [3, [2, 2]],
    [50, [2, 16]],
    [1000, [2, 16]],
  ])('of %d runs of 10 ms is measured by calls of %j', (count, lengths) => {
    const { executable, gpu } = begun({ alone: 1 }, { alone: 10 });
    executable.runMany!(repetition(count));
    expect([...new Set(gpu!.lengths.filter((length, i) => length > 1 && i > 0))]).toEqual([
      ...new Set(lengths),
    ]);
  });
});

describe('compile with auto', () => {
  /** A mode that no Node has: there is no thread in which these tests could look for a device. */
  const options = { backend: 'auto', mode: 'webgl2' } as const;

  it('runs on wasm where there is no device, and says why', () => {
    const told: [string, Choice][] = [];
    const onChoice = (plan: string, choice: Choice): unknown => told.push([plan, choice]);
    const double = compile((x: Tensor) => mul(x, 2), { ...options, onChoice });
    expect(double(tensor([1, 2])).toArray()).toEqual([2, 4]);
    const [plan] = double.plans;
    expect(plan.backend).toBe('wasm');
    expect(plan.gpu).toBeUndefined();
    expect(plan.choice?.backend).toBe('wasm');
    expect(plan.choice?.reason).toMatch(/^wasm 0 ms; gpu: /);
    expect(plan.toString()).toMatch(/^compile\(f\) on wasm (128|256) \(auto: /);
    expect(plan.toString()).toContain(` (auto: ${plan.choice!.reason}), `);
    expect(told).toEqual([['compile(f)', plan.choice]]);
  });

  it('runs float64 on wasm', () => {
    const double = compile((x: Tensor) => mul(x, 2), options);
    expect(double(tensor([1, 2], { dtype: 'float64' })).toArray()).toEqual([2, 4]);
    expect(double.plans[0].backend).toBe('wasm');
    expect(double.plans[0].toString()).toMatch(
      /^compile\(f\) on wasm (128|256) \(auto: gpu computes no float64\), /,
    );
  });

  it('has nothing to choose where a backend is named', () => {
    const double = compile((x: Tensor) => mul(x, 2), { backend: 'cpu' });
    double(tensor([1, 2]));
    expect(double.plans[0].choice).toBeUndefined();
  });
});
