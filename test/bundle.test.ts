/** What a program's bundle holds: a page that only takes gradients should not carry the compilers along. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type Tensor, add, compile, grad, tensor } from '../engine/index.js';
import { bundleEngine } from './engineBundle.js';
import { root } from './sources.js';

const folder = mkdtempSync(join(tmpdir(), 'metagrad-bundle-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The path of a program that exports these names of the engine, bundled. */
const bundled = (...names: readonly string[]): Promise<string> =>
  bundleEngine(folder, `export { ${names.join(', ')} } from 'metagrad';`);

const textOf = (program: string): string => readFileSync(program, 'utf8');
const load = (program: string): Promise<unknown> =>
  import(/* @vite-ignore */ pathToFileURL(program).href) as Promise<unknown>;

/** Names of instructions, which the emitter spells out. */
const emitter = /f32x4\.|v128\./;

describe('a bundle', () => {
  it('of grad alone is small and holds neither the WebAssembly emitter nor a compiler', async () => {
    const code = textOf(await bundled('grad'));
    expect(code).not.toMatch(emitter);
    expect(code).not.toContain('gpu.js');
    // 77 kB with the methods of tensors, which hold every elementwise operation; the backends are not in it.
    expect(code.length).toBeLessThan(90_000);
  });

  it('has methods on tensors and evaluates operations', async () => {
    const { grad: gradient, tensor: make } = (await load(await bundled('grad', 'tensor'))) as {
      readonly grad: typeof grad;
      readonly tensor: typeof tensor;
    };
    const f = (x: Tensor): Tensor => x.mul(x).matmul(x).sum();
    const square = [
      [1, 2],
      [3, 4],
    ];
    expect(gradient(f)(make(square)).toArray()).toEqual([
      [16, 38],
      [38, 76],
    ]);
  });

  it('keeps what the entries of the package do when they are imported', () => {
    const { exports, sideEffects } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
      readonly sideEffects: readonly string[];
    };
    const entries = Object.values(exports).filter((entry) => typeof entry === 'object');
    expect(entries.length).toBeGreaterThan(4);
    for (const entry of entries)
      expect(sideEffects).toContain(entry.default.replace('./dist', '**').replace(/js$/, '*'));
  });

  it('of models alone has methods on tensors and evaluates operations', async () => {
    const program = await bundleEngine(
      folder,
      `
      import { fromTypedArray } from 'metagrad/core/create';
      import { linear } from 'metagrad/nn/index';
      import { Generator } from 'metagrad/random/generator';
      const model = linear({ inputs: 2, outputs: 1 });
      const x = fromTypedArray(new Float32Array(6), [3, 2]);
      export const shape = () => model.apply(model.init(new Generator(0)), x).relu().shape;`,
    );
    expect(((await load(program)) as { readonly shape: () => unknown }).shape()).toEqual([3, 1]);
  });

  it('is another copy of the package, whose tensors are refused with the reason', async () => {
    const { tensor: make } = (await load(await bundled('tensor'))) as { readonly tensor: typeof tensor };
    const x = make([1, 2]);
    const reason = /a tensor of another copy of metagrad, which this program has loaded twice/;
    expect(() => add(x, 1)).toThrow(reason);
    expect(() => grad((p: { w: Tensor }) => p.w.sum())({ w: x })).toThrow(reason);
    expect(() => compile((y: Tensor) => y)(x)).toThrow(reason);
  });

  it('of compile holds the emitter, which then computes large eager products', async () => {
    interface Products {
      readonly eagerProducts: () => string;
    }
    const program = await bundled('compile', 'eagerProducts');
    expect(textOf(program)).toMatch(emitter);
    expect(((await load(program)) as Products).eagerProducts()).toBe('wasm');
    const without = (await load(await bundled('eagerProducts'))) as Products;
    expect(without.eagerProducts()).toBe('cpu');
  });
});
