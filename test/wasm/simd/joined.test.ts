/**
 * Which kernels V8 joins to vectors of 256 bits, by its own trace. A kernel that it no longer joins computes the same in twice
 * the time, or, if its tile is wide, in three times; nothing else would tell.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { wasmFeatures } from '../../../engine/index.js';
import { bundleEngine } from '../../engineBundle.js';
import { root } from '../../sources.js';
import { families } from './families.js';
import { firstMark } from './joinedProgram.js';

/** The number of functions that are joined of the kernels of each family. Helpers that take no time are none of them. */
const inFloat32 = {
  product: 1,
  'product with bias and relu': 1,
  'product with the gradient of relu': 1,
  'product of a transposed factor': 1,
  'product with a transposed factor': 1,
  'products of a batch': 1,
  'matrix times vector': 1,
  elementwise: 1,
  comparisons: 1,
  'with a row and a column': 1,
  transposed: 1,
  'several outputs': 1,
  exp: 1,
  log: 1,
  tanh: 1,
  sigmoid: 1,
  softplus: 1,
  erf: 1,
  sin: 0,
  cos: 0,
  pow: 0,
  'sums of rows': 1,
  'sums of columns': 1,
  'sum of all': 1,
  'sums of squares of rows': 1,
  'largest of rows': 1,
  'largest of columns': 1,
  'place of the largest': 0,
  softmax: 4,
  'cross-entropy and its gradient': 9,
  copy: 1,
  'rows by index': 1,
  'rows added by index': 3,
  'largest of windows': 1,
  'means of windows': 4,
  convolution: 3,
  'gradients of a convolution': 7,
  'gradients of a convolution with few weights': 17,
  'update of Adam': 1,
};
const expected: Readonly<Record<'float32' | 'float64', Readonly<Record<string, number>>>> = {
  float32: inFloat32,
  float64: {
    ...inFloat32,
    sin: 1,
    cos: 1,
    pow: 1,
    convolution: 5,
    'gradients of a convolution': 8,
    'gradients of a convolution with few weights': 19,
  },
};

const flags = ['--no-liftoff', '--no-wasm-tier-up', '--trace-wasm-revectorize'];

/** The joined functions of each family in V8's trace. */
function joinedIn(trace: string): Record<string, number> {
  const names = Object.keys(families);
  const joined = Object.fromEntries(names.map((name) => [name, 0]));
  /** The family of the function in the lines that follow; none for a mark, which V8 joins too. */
  let family: string | undefined;
  let current: string | undefined;
  for (const line of trace.split('\n')) {
    const begun = /^Begin revec function wasm-function#(\d+)/.exec(line);
    if (begun !== null) {
      const mark = Number(begun[1]) - firstMark;
      if (mark >= 0) family = names[mark];
      current = mark >= 0 ? undefined : family;
    } else if (current !== undefined && /Decided? to vectorize, \d+ revectorizable nodes/.test(line))
      joined[current] += 1;
  }
  return joined;
}

const whyNot = ((): string => {
  try {
    wasmFeatures(256);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
})();

describe('kernels that V8 joins', () => {
  it.for(Object.keys(expected) as (keyof typeof expected)[])('in %s', async (dtype, { skip }) => {
    if (whyNot !== '') skip(whyNot);
    const folder = mkdtempSync(join(tmpdir(), 'metagrad-joined-'));
    const source = JSON.stringify(join(root, 'test/wasm/simd/joinedProgram.ts'));
    const program = pathToFileURL(await bundleEngine(folder, `export * from ${source};`)).href;
    const code = `const { runFamilies } = await import('${program}'); runFamilies('${dtype}');`;
    const trace = execFileSync(process.execPath, [...flags, '--input-type=module', '-e', code], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    rmSync(folder, { recursive: true });
    expect(joinedIn(trace)).toEqual(expected[dtype]);
  });
});
