/**
 * Builds `dist`. npm runs it after `npm ci` in the repository and when it installs from git (`prepare`), and before it
 * packs (`prepack`: `node scripts/prepare.js --fresh`, which leaves nothing of an older build behind).
 */
import { spawnSync } from 'node:child_process';
import console from 'node:console';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';

const fresh = process.argv.includes('--fresh');

function compiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc');
  } catch {
    return undefined;
  }
}

const tsc = compiler();
if (tsc !== undefined) {
  if (fresh) rmSync('dist', { recursive: true, force: true });
  process.exitCode = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    stdio: 'inherit',
  }).status;
} else {
  const missing = 'TypeScript, a development dependency, is not installed';
  if (fresh) {
    console.error(`prepack: ${missing}, so that dist cannot be built; run npm ci first.`);
    process.exitCode = 1;
  } else console.error(`prepare: ${missing}: dist is not built.`);
}
