/** The options of commands that run studies: workers and backend. */
import { availableParallelism } from 'node:os';
import { Option } from '@commander-js/extra-typings';
import type { BackendOptions, GpuMode } from '../../engine/index.js';
import { integerFrom } from './arguments.js';
import { modes } from './devices.js';

/** The default number of workers: as many as cores, but at most 8, since each has its own data and plans. */
const cores = Math.min(availableParallelism(), 8);

/** `--workers <n>`. */
export const workersOption = () =>
  new Option('--workers <n>', 'worker threads; the results do not depend on their number')
    .argParser(integerFrom(1, 256))
    .default(cores);

/** `--backend <name>`. */
export const backendOption = () =>
  new Option('--backend <name>', 'what runs all plans; auto: the faster of wasm and gpu for each plan')
    .choices(['wasm', 'cpu', 'gpu', 'auto'] as const)
    .default('wasm' as const);

/** `--mode <name>`. */
export const modeOption = () =>
  new Option('--mode <name>', 'with --backend gpu or auto: how gpu.js runs').choices(modes);

/** The backend of these options. Ends the command with an error for a mode that does not go with it. */
export function backendOf(
  { backend, mode }: { readonly backend: NonNullable<BackendOptions['backend']>; readonly mode?: GpuMode },
  command: { name(): string; error(message: string): never },
): BackendOptions {
  if (mode !== undefined && backend !== 'gpu' && backend !== 'auto')
    command.error(`error: ${command.name()}: --mode ${mode} goes only with --backend gpu or auto.`);
  return { backend, ...(mode && { mode }) };
}
