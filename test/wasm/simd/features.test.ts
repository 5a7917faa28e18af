/** What the engine asks of V8: nothing before the first plan, never an unknown flag, and 256 bits only where they are joined. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { opcodes } from '../../../engine/backends/wasm/assembler/opcodes.js';
import { checked } from '../../../engine/backends/wasm/assembler/joining.js';
import { UsageError } from '../../../engine/core/errors.js';
import { type Tensor, compile, ones, tensor, wasmFeatures } from '../../../engine/index.js';
import { bundleEngine } from '../../engineBundle.js';

const hasWide = process.arch === 'x64' && Number.parseInt(process.versions.v8, 10) >= 13;

function withVariable<Result>(width: string, body: () => Result): Result {
  const { METAGRAD_SIMD } = process.env;
  process.env.METAGRAD_SIMD = width;
  try {
    return body();
  } finally {
    if (METAGRAD_SIMD === undefined) delete process.env.METAGRAD_SIMD;
    else process.env.METAGRAD_SIMD = METAGRAD_SIMD;
  }
}

describe('METAGRAD_SIMD', () => {
  const double = (x: Tensor): Tensor => x.mul(2);

  it('is the width of plans that name none', () => {
    withVariable('128', () => {
      expect(wasmFeatures().simd).toBe(128);
      const plan = compile(double);
      plan(ones([3]));
      expect(plan.plans[0].toString()).toMatch(/^compile\(double\) on wasm 128, /);
    });
    withVariable('', () => {
      expect([128, 256]).toContain(wasmFeatures().simd);
    });
  });

  it('of another kind is refused, in plans and in large eager products', () => {
    withVariable('512', () => {
      const message = "METAGRAD_SIMD: the environment variable METAGRAD_SIMD is 128, 256 or auto; got '512'.";
      expect(() => wasmFeatures()).toThrow(new UsageError(message));
      expect(() => compile(double)(tensor([1]))).toThrow(new UsageError(`compile(double): ${message}`));
      expect(() => ones([65, 66]).matmul(ones([66, 67]))).toThrow(UsageError);
      expect(compile(double, { simd: 128 })(tensor([1])).toArray()).toEqual([2]);
    });
  });
});

describe('256 bits', () => {
  it.runIf(hasWide)('are had where they are required', () => {
    expect(wasmFeatures(256).simd).toBe(256);
    const sum = compile((x: Tensor) => x.sum(), { simd: 256 });
    expect(sum(ones([1000])).item()).toBe(1000);
    expect(sum.plans[0].toString()).toMatch(/ on wasm 256, /);
  });

  it.runIf(!hasWide)('are refused where they cannot be had, with the reason', () => {
    expect(() => wasmFeatures(256)).toThrow(
      /^simd: vectors of 256 bits, which simd asks for, cannot be had here: .*(from 24 on|for x64).*; choose 128 or 'auto'\.$/,
    );
    expect(() => compile((x: Tensor) => x.sum(), { simd: 256 })(ones([3]))).toThrow(UsageError);
    expect(wasmFeatures('auto').simd).toBe(128);
  });
});

/** Those that V8 does not join, and those whose result is no vector. */
const unchecked = /splat|extract_lane|any_true|laneselect/;

it('every instruction that V8 may join is compared before it is trusted', () => {
  const vector = Object.keys(opcodes).filter((name) => /x\d\.|^v128/.test(name) && !unchecked.test(name));
  expect(vector.filter((name) => !(name in checked))).toEqual([]);
  // V8 joins pairs of it into something else.
  expect(Object.keys(opcodes)).not.toContain('f64x2.neg');
});

describe('a process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'metagrad-features-'));
  let program: string;
  beforeAll(async () => {
    program = await bundleEngine(folder, "export { compile, ones, wasmFeatures } from 'metagrad';");
  }, 60_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const start = `import { Worker, getEnvironmentData } from 'node:worker_threads';
    const url = PROGRAM, known = () => getEnvironmentData('metagrad.whyNotWide');
    const { compile, ones, wasmFeatures } = await import(url);`;
  const run = (code: string): { readonly stdout: string; readonly stderr: string } => {
    const text = `${start}${code}`.replace('PROGRAM', JSON.stringify(pathToFileURL(program).href));
    const env = { ...process.env, METAGRAD_SIMD: 'auto' };
    return spawnSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8', env });
  };

  it('is asked by its first plan and not before, and complains of no flag', () => {
    const { stdout, stderr } = run(`
      const before = known();
      compile((x) => x.mul(2))(ones([3]));
      console.log(before, typeof known(), known() === '' ? 256 : 128, wasmFeatures().simd);`);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^undefined string (128 128|256 256)\n$/);
  });

  it('hands the answer on to threads that start later', () => {
    const { stdout, stderr } = run(`
      const { simd } = wasmFeatures();
      const code = \`
        const { parentPort, getEnvironmentData } = process.getBuiltinModule('node:worker_threads');
        import(\${JSON.stringify(url)}).then(({ wasmFeatures }) => {
          const handed = getEnvironmentData('metagrad.whyNotWide');
          const { simd } = wasmFeatures();
          parentPort.postMessage([typeof handed, simd]);
        });\`;
      const worker = new Worker(code, { eval: true });
      worker.once('message', (message) => { console.log(JSON.stringify([simd, ...message])); });`);
    expect(stderr).toBe('');
    const [here, handed, there] = JSON.parse(stdout) as readonly unknown[];
    expect(handed).toBe('string');
    expect(there).toBe(here);
  });
});
