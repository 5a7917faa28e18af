import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import type { Check } from './command.js';
import { expectLine, fileName, programs, withoutTypes } from './programs.js';
import { output } from './shell.js';

/** Loaded only when a picture is drawn; Vega's form for Node waits at the top of a module, which CommonJS cannot. */
const leftOut = ['vega', '@resvg/resvg-js'];

/**
 * Each entry bundled with all that it depends on but Vega and resvg, and run where nothing is installed. In CommonJS form `import.meta` is
 * empty, as esbuild leaves it.
 */
export function bundleChecks(user: string, folder: string): Check[] {
  const bundles = join(folder, 'bundles');
  mkdirSync(bundles, { recursive: true });
  return Object.entries(programs).flatMap(([entry, { code, prints }]) =>
    (['cjs', 'es'] as const).map((format) => ({
      name: `${entry} in a bundle in ${format === 'cjs' ? 'CommonJS' : 'ES module'} form`,
      run: async () => {
        const source = join(user, `${fileName(entry)}-bundled.mjs`);
        // CommonJS has no `await` at the top of a program.
        const [imports, body] = [/^import .*$/gm, /^(?!import ).*$/gm].map((lines) =>
          (withoutTypes(code).match(lines) ?? []).join('\n'),
        );
        writeFileSync(source, `${imports}\nvoid (async () => {\n${body}\n})();\n`);
        const file = `${fileName(entry)}.${format === 'cjs' ? 'cjs' : 'mjs'}`;
        await bundled(source, bundles, file, format);
        const run =
          format === 'cjs' ? `require(${JSON.stringify(join(bundles, file))})` : `import('./${file}')`;
        expectLine(output(bundles, process.execPath, '-e', run), prints);
      },
    })),
  );
}

async function bundled(source: string, folder: string, file: string, format: 'cjs' | 'es'): Promise<void> {
  const places = ['url', 'dirname', 'filename', 'resolve'].map((name) => [
    `import.meta.${name}`,
    'undefined',
  ]);
  await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    define: format === 'cjs' ? (Object.fromEntries(places) as Record<string, string>) : {},
    ssr: { noExternal: true, external: leftOut },
    build: {
      ssr: source,
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: { external: leftOut, output: { format, entryFileNames: file } },
    },
  });
}
