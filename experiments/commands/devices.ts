import type { Command } from '@commander-js/extra-typings';
import {
  type BackendOptions,
  Generator,
  type GpuMode,
  type Tensor,
  gpuDevice,
  matmul,
  normal,
  repeat,
  tensor,
  wasmFeatures,
  zeros,
} from '../../engine/index.js';
import type { Cell } from '../report/tables/table.js';
import { formatTable } from '../report/tables/terminal.js';

/** `metagrad devices`: what compiled functions can run on here, and how fast each multiplies matrices. */
export function addDevicesCommand(program: Command): void {
  program
    .command('devices')
    .description(
      'List the devices for compiled functions, with limits and the measured speed of a matrix product.',
    )
    .action(() => {
      const rows: (readonly Cell[])[] = [
        [
          'wasm',
          '',
          `this processor, one thread, vectors of ${wasmFeatures().simd} bits`,
          'hardware',
          null,
          null,
          speed({ backend: 'wasm' }, 256),
        ],
        [
          'cpu',
          '',
          'this processor, reference kernels',
          'hardware',
          null,
          null,
          speed({ backend: 'cpu' }, 128),
        ],
      ];
      const missing: string[] = [];
      for (const mode of modes) {
        try {
          const { adapter, isSoftware, arrays, elements } = gpuDevice(mode);
          const size = isSoftware ? 128 : 1024;
          const gigaflops = speed({ backend: 'gpu', mode }, size);
          rows.push([
            'gpu',
            mode,
            adapter,
            isSoftware ? 'software' : 'hardware',
            arrays,
            elements,
            gigaflops,
          ]);
        } catch (error) {
          missing.push(`${mode}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      const headers = ['backend', 'mode', 'device', 'kind', 'arrays a kernel', 'elements', 'GFLOP/s'];
      console.log(formatTable(headers, rows));
      for (const reason of missing) console.log(`\n${reason}`);
    });
}

/** The modes of gpu.js in Node. */
export const modes = ['webgpu', 'headlessgl', 'webasm', 'cpu'] as const satisfies readonly GpuMode[];

/** GFLOP/s of products of square matrices whose factors stay on the device between products. */
function speed(backend: BackendOptions, size: number): number {
  const count = 16;
  const factor = normal(new Generator(0), [size, size]).mul(1 / Math.sqrt(size));
  const products = repeat(
    count,
    (x: Tensor, _: Tensor, a: Tensor) => [matmul(a, x), tensor(0)] as const,
    backend,
  );
  const run = (): number => {
    const started = performance.now();
    products(factor, zeros([count]), factor);
    return performance.now() - started;
  };
  // The first call builds the plan for one product, the second for many.
  run();
  run();
  const milliseconds = Math.min(run(), run());
  return (2 * size ** 3 * count) / milliseconds / 1e6;
}
