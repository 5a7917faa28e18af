/** Files of reference values, whichever format they have. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { OpsCase } from './cases.js';
import { checkOps } from './ops.js';
import type { Result } from './result.js';

type Check = (golden: never) => Result[];

/** The formats, told apart by the keys at their top. */
async function checkFor(golden: object): Promise<Check> {
  if ('cases' in golden) return checkOps;
  if ('torch' in golden && 'numpy' in golden) return (await import('./rng.js')).checkRng;
  if ('rules' in golden) return (await import('./optimizers.js')).checkOptimizers;
  if ('histories' in golden) return (await import('./optuna.js')).checkOptuna;
  const keys = Object.keys(golden);
  throw new Error(
    `unknown format: the file has ${keys.length === 0 ? 'no keys' : `the keys ${keys.join(', ')}`}`,
  );
}

function read(path: string): object {
  const bytes = readFileSync(path);
  const golden: unknown = JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'));
  if (typeof golden !== 'object' || golden === null)
    throw new Error('unknown format: the file holds no object');
  return golden;
}

/** The cases of operations in a file. Throws an Error if it has none. */
export function casesOf(path: string): readonly OpsCase[] {
  const { cases = [] } = read(path) as { readonly cases?: readonly OpsCase[] };
  if (cases.length === 0) throw new Error(`${path} has no cases of operations`);
  return cases;
}

/** What came of a file. One that cannot be read, and one with nothing in it to check, is a failure. */
export async function checkFile(path: string): Promise<Result[]> {
  try {
    const golden = read(path);
    const results = (await checkFor(golden))(golden as never);
    if (results.length === 0) throw new Error('there is nothing in it to check');
    return results;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [{ name: 'reading the file', ok: false, detail }];
  }
}
