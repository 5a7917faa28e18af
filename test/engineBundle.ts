import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { root } from './sources.js';

/**
 * Bundles and minifies a program for browsers, in a folder of its own below `folder`; `'metagrad'` is the engine's source,
 * and `'metagrad/nn/index'` a file of it.
 */
export async function bundleEngine(folder: string, program: string): Promise<string> {
  const entry = join(mkdtempSync(join(folder, 'source-')), 'program.js');
  const source = (path: string): string => JSON.stringify(join(root, `engine/${path}.ts`));
  writeFileSync(
    entry,
    program.replaceAll(/'metagrad(?:\/([\w/]+))?'/g, (_, path: string | undefined) =>
      source(path ?? 'index'),
    ),
  );
  const outDir = mkdtempSync(join(folder, 'out-'));
  await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    build: {
      outDir,
      minify: true,
      modulePreload: false,
      rolldownOptions: {
        input: entry,
        preserveEntrySignatures: 'strict',
        external: [/^node:/, 'gpu.js', 'webgpu', '@viz-js/viz'],
        output: { entryFileNames: 'program.mjs' },
      },
    },
  });
  return join(outDir, 'program.mjs');
}
