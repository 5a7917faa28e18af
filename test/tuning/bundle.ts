import { build } from 'vite';

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
