/**
 * `npm run golden -- FILE...`: checks files of reference values, whatever numbers they hold, against the built library.
 * `npm run golden -- --float32 FILE...`: prints how far float32 is from float64 over all cases of operations.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { OpsCase } from './cases.js';
import { errorsByFamily, formatErrors } from './float32.js';
import { checkOps } from './ops.js';
import type { Result } from './result.js';

type Check = (golden: never) => Result[];

/** The formats, told apart by the keys at their top. */
async function checkFor(golden: object): Promise<Check> {
  if ('cases' in golden) return checkOps;
  if ('torch' in golden && 'numpy' in golden) return (await import('./rng.js')).checkRng;
  if ('rules' in golden) return (await import('./optimizers.js')).checkOptimizers;
  if ('histories' in golden) return (await import('./optuna.js')).checkOptuna;
  throw new Error(`unknown format: the file has the keys ${Object.keys(golden).join(', ')}`);
}

function read(path: string): object {
  const bytes = readFileSync(path);
  return JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')) as object;
}

const inFloat32 = process.argv[2] === '--float32';
const paths = process.argv.slice(inFloat32 ? 3 : 2);
if (paths.length === 0) {
  console.error('golden: name one or more files of reference values, as in: npm run golden -- ops.json.gz');
  process.exit(2);
}
if (inFloat32) console.log(formatErrors(errorsByFamily(paths.flatMap(casesOf))));
else await check();

function casesOf(path: string): readonly OpsCase[] {
  return (read(path) as { readonly cases: readonly OpsCase[] }).cases;
}

async function check(): Promise<void> {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const path of paths) {
    let results: Result[];
    try {
      const golden = read(path);
      results = (await checkFor(golden))(golden as never);
    } catch (error) {
      results = [
        {
          name: 'reading the file',
          ok: false,
          detail: error instanceof Error ? error.message : String(error),
        },
      ];
    }
    for (const { name, ok, detail, skipped: skip } of results) {
      if (skip === true) skipped++;
      else if (ok) passed++;
      else failed++;
      if (!ok) console.log(`${skip === true ? 'skip' : 'FAIL'} ${path}: ${name}: ${detail}`);
    }
  }
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 ? 1 : 0;
}
