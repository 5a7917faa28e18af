/** Under `script-src 'self'` a page may use neither `new Function` nor WebAssembly; Node can forbid both as well. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleEngine } from './engineBundle.js';
import { type StrictResults, strictProgram } from './strictPage.js';

const folder = mkdtempSync(join(tmpdir(), 'metagrad-strict-'));
let program: string;
let free: StrictResults;

/** What the program computes in a process with these flags, after some code. */
function run(flags: readonly string[], before = ''): StrictResults {
  const code = `${before}; const { results } = await import(${JSON.stringify(pathToFileURL(program).href)}); console.log(JSON.stringify(results()));`;
  const args = [...flags, '--input-type=module', '-e', code];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as StrictResults;
}

const noStrings = '--disallow-code-generation-from-strings';
const refuseModules =
  "WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError('violates the policy'); } }";

describe('where code may not be generated', () => {
  beforeAll(async () => {
    program = await bundleEngine(folder, strictProgram);
    free = run([]);
  }, 60_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('but where it may, products use WebAssembly', () => {
    expect(free).toMatchObject({ eagerProducts: 'wasm', compile: '' });
    expect(free.plan).toEqual(free.gradient);
    expect(free.product).not.toEqual(free.productOnCpu);
  });

  it.each([
    ['modules of WebAssembly are refused', refuseModules, /violates the policy/],
    ['there is no WebAssembly', 'delete globalThis.WebAssembly', /not allowed here/],
  ])('and %s, everything else runs, to the last bit', (_, before, reason) => {
    const { gradient, plan, product, productOnCpu, eagerProducts, compile } = run([noStrings], before);
    expect(gradient).toEqual(free.gradient);
    expect(plan).toEqual(free.plan);
    expect(productOnCpu).toEqual(free.productOnCpu);
    expect(product).toEqual(productOnCpu);
    expect(eagerProducts).toBe('cpu');
    expect(compile).toMatch(/^UsageError: compile.*: .*'wasm-unsafe-eval'/);
    expect(compile).toMatch(reason);
  });

  it("but WebAssembly may be compiled, as under 'wasm-unsafe-eval', that is used", () => {
    expect(run([noStrings])).toEqual(free);
  });
});
