/**
 * `npm run test:wide`: the tests of plans once more on Node 24, in vectors of 256 bits, as V8's optimizing compiler alone
 * compiles them. On an earlier Node it uses the one that NODE24 names, or else installs the package `node` in a temporary
 * folder. Where there is none, or on another processor than x64, it says so and ends well. Arguments go to vitest.
 */
/* global process, console */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'metagrad-node24-'));

/** The path of a Node that has vectors of 256 bits, or why there is none. */
function nodeOf() {
  if (process.arch !== 'x64') return { why: `V8 joins vectors on x64 alone, and this is ${process.arch}` };
  if (Number.parseInt(process.versions.node, 10) >= 24) return { path: process.execPath };
  if (process.env.NODE24 !== undefined) return { path: process.env.NODE24 };
  const install = ['install', 'node@24', '--prefix', folder, '--no-save', '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', install, { stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 });
  const path = join(folder, 'node_modules/node/bin/node');
  return status === 0 && existsSync(path)
    ? { path }
    : { why: 'the package node@24 cannot be installed; NODE24=path names a Node 24' };
}

const { path, why } = nodeOf();
const reason =
  why ??
  (spawnSync('grep', ['-qw', 'avx2', '/proc/cpuinfo']).status === 1
    ? 'this processor lacks AVX2'
    : undefined);
if (reason !== undefined) console.log(`skipped: ${reason}.`);
else {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const given = process.argv.slice(2);
  const { status } = spawnSync(path, [vitest, 'run', '--config', 'vitest.wide.config.ts', ...given], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
rmSync(folder, { recursive: true });
