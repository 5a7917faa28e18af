import { describe, expect, it } from 'vitest';
import { type Body, type Local } from '../../engine/backends/wasm/assembler/encoder.js';
import { moduleBuilder } from '../../engine/backends/wasm/assembler/module.js';
import { detectFeatures } from '../../engine/backends/wasm/assembler/features.js';
import { host } from '../../engine/backends/wasm/assembler/host.js';

/** Runs a function without parameters that stores its result at address 16. */
function run(emit: (f: Body) => void): DataView {
  const module = moduleBuilder();
  module.exportFunction('run', module.function({ params: [], results: [] }, emit));
  const memory = new host.Memory({ initial: 1 });
  new host.Instance(new host.Module(module.finish(1)), { host: { memory } }).exports.run();
  return new DataView(memory.buffer);
}

describe('the encoder', () => {
  it.each([0, 1, 63, 64, 127, 128, 8191, 8192, 2 ** 31 - 1, -1, -64, -65, -8192, -8193, -(2 ** 31)])(
    'writes the constant %i',
    (value) => {
      const memory = run((f) => {
        f.store('i32.store', f.i32(16), f.i32(value));
      });
      expect(memory.getInt32(16, true)).toBe(value);
    },
  );

  it('counts offsets beyond one byte, and locals beyond 127', () => {
    const memory = run((f) => {
      const locals: Local[] = Array.from({ length: 200 }, (_, i) => f.let('i32', f.i32(i)));
      f.store('i32.store', f.i32(0), f.get(locals[150]), 40000);
    });
    expect(memory.getInt32(40000, true)).toBe(150);
  });

  it('leaves blocks and repeats loops', () => {
    const memory = run((f) => {
      const counter = f.let('i32', f.i32(0));
      f.block((exit) => {
        f.loop((again) => {
          f.set(counter, f.op('i32.add', f.get(counter), f.i32(3)));
          f.when(f.op('i32.eq', f.get(counter), f.i32(21)), () => {
            f.branchIf(exit, f.i32(1));
          });
          f.branchIf(again, f.i32(1));
        });
      });
      f.store('i32.store', f.i32(16), f.get(counter));
    });
    expect(memory.getInt32(16, true)).toBe(21);
  });

  it('makes constant vectors of loops once, before all of them', () => {
    const emit = (f: Body): void => {
      const sum = f.let('v128', f.f32x4(0));
      for (let i = 0; i < 2; i++) {
        const counter = f.let('i32', f.i32(5));
        f.loop((again) => {
          f.set(sum, f.op('f32x4.add', f.get(sum), f.f32x4(0.7734375)));
          f.set(sum, f.op('f32x4.add', f.get(sum), f.f32x4(0.5)));
          f.branchIf(again, f.tee(counter, f.op('i32.sub', f.get(counter), f.i32(1))));
        });
      }
      f.store('v128.store', f.i32(16), f.get(sum));
    };
    expect(run(emit).getFloat32(28, true)).toBe(10 * (0.7734375 + 0.5));
    const module = moduleBuilder();
    module.function({ params: [], results: [] }, emit);
    const lane = Buffer.from(Float32Array.of(0.7734375).buffer).toString('latin1');
    const code = Buffer.from(module.finish(1)).toString('latin1');
    expect(code.split(lane)).toHaveLength(1 + 4);
  });

  it('shares the types and calls of functions', () => {
    const module = moduleBuilder();
    const twice = module.importFunction('twice', { params: ['i32'], results: ['i32'] });
    const inner = module.function({ params: ['i32'], results: [] }, (f, at) => {
      const x = f.let('i32', f.call(twice, f.load('i32.load', f.get(at))));
      f.store('i32.store', f.get(at), f.get(x));
    });
    const outer = module.function({ params: ['i32'], results: [] }, (f, at) => {
      f.call(inner, f.get(at));
      f.call(inner, f.get(at));
    });
    module.exportFunction('outer', outer);
    const memory = new host.Memory({ initial: 1 });
    const imports = { host: { memory, twice: (x: number) => 2 * x } };
    const { exports } = new host.Instance(new host.Module(module.finish(1)), imports);
    new Int32Array(memory.buffer, 64, 1)[0] = -3;
    exports.outer(64);
    expect(new Int32Array(memory.buffer, 64, 1)[0]).toBe(-12);
  });
});

describe('features', () => {
  it('are the same at every question', () => {
    expect(detectFeatures()).toEqual(detectFeatures());
  });

  it('include relaxed SIMD on every version of Node that we run on', () => {
    expect(detectFeatures().relaxed).toBe(true);
  });
});
