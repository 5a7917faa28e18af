import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { packageInfo } from '../../experiments/files/packageInfo.js';

/** Bundles a TypeScript program into `folder`, so that tests can run it as a process; answers the program's path. */
export async function bundle(entry: URL, folder: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      ssr: entry.pathname,
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: { output: { format: 'es' } },
    },
  });
  const name = entry.pathname.split('/').at(-1) ?? '';
  return `${folder}/${name.replace('.ts', '.js')}`;
}

/** The same for a program that runs trials in worker threads, in a folder of its own that it answers. */
export async function bundleWithThreads(entry: URL): Promise<{ folder: string; program: string }> {
  // Below the package, so that the program finds what it depends on.
  const folder = mkdtempSync(join(packageInfo().root, 'node_modules', '.metagrad-test-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  await bundle(new URL('../../experiments/tuning/threads/trialThread.ts', import.meta.url), folder);
  return { folder, program: await bundle(entry, folder) };
}
