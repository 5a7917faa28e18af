/** The thread of the gpu backend in tests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { deviceThreadAt } from '../../engine/backends/gpu/thread/thread.js';
import { packageInfo } from '../../experiments/files/packageInfo.js';
import { bundle } from '../tuning/bundle.js';

/** Compiles the program of the device's thread for a file of tests: threads cannot run TypeScript. Returns where it is. */
export function withDeviceThread(): () => URL {
  let folder: string;
  let program: URL;
  beforeAll(async () => {
    // Below the package, so that the program finds gpu.js.
    folder = mkdtempSync(join(packageInfo().root, 'node_modules', '.metagrad-test-'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const source = new URL('../../engine/backends/gpu/thread/deviceThread.ts', import.meta.url);
    program = pathToFileURL(await bundle(source, folder));
    deviceThreadAt(program);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  return () => program;
}
