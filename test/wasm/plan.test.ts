import { describe, expect, it } from 'vitest';
import { compileWasm } from '../../engine/backends/wasm/wasm.js';
import type { ScalarExpression } from '../../engine/ir/expression.js';
import { type Buffer, type Operand, type SerialPlan, type Step, wholeBuffer } from '../../engine/ir/plan.js';
import { someNumbers } from './support.js';

const input = (index: number): ScalarExpression => ({ kind: 'input', index });
const sum: ScalarExpression = { kind: 'binary', fn: 'add', a: input(0), b: input(1) };

const map = (expression: ScalarExpression, inputs: readonly Operand[], output: number): Step => ({
  spec: { family: 'map', expression },
  inputs,
  outputs: [wholeBuffer(output, inputs[0].shape)],
  signature: { shape: inputs[0].shape, dtype: 'float32' },
});

function compiled(buffers: readonly Buffer[], parts: Partial<SerialPlan>, offsets?: readonly number[]) {
  const places =
    offsets ?? buffers.map((_, i) => buffers.slice(0, i).reduce((at, { size }) => at + size * 4, 0));
  const bytes = Math.max(...buffers.map(({ size }, i) => places[i] + size * 4));
  const { steps = [], ...given } = parts;
  const stages = steps.map((step) => [step]);
  const plan = { inputs: [], literals: [], outputs: [], ...given, stages, buffers };
  return compileWasm(plan, { offsets: places, bytes });
}

const floats = (size: number): Buffer => ({ dtype: 'float32', size });

describe('a plan on wasm', () => {
  it('runs its steps in order over one memory, again and again', () => {
    const n = 37;
    const shape = [n];
    const [x, y, z] = [0, 1, 2].map((buffer) => wholeBuffer(buffer, shape));
    const executable = compiled([floats(n), floats(n), floats(n)], {
      inputs: [0],
      literals: [{ buffer: 1, data: new Float32Array(n).fill(2) }],
      steps: [map(sum, [x, y], 2), map(sum, [z, x], 2)],
    });
    for (const seed of [1, 2]) {
      const numbers = someNumbers(n, seed);
      executable.view(0).set(numbers);
      executable.run();
      expect(executable.view(2)).toEqual(numbers.map((value) => Math.fround(Math.fround(value + 2) + value)));
    }
  });

  it('writes a map over its operand', () => {
    for (const n of [3, 4, 11, 64, 101]) {
      const x = wholeBuffer(0, [n]);
      // Both buffers lie in one place.
      const step = map({ kind: 'binary', fn: 'mul', a: sum, b: input(0) }, [x, x], 1);
      const executable = compiled([floats(n), floats(n)], { inputs: [0], steps: [step] }, [0, 0]);
      const numbers = someNumbers(n);
      executable.view(0).set(numbers);
      executable.run();
      expect(executable.view(1)).toEqual(numbers.map((value) => Math.fround(2 * value * value)));
    }
  });

  it('reads operands from the middle of buffers', () => {
    const row: Operand = { buffer: 0, shape: [4], strides: [5], offset: 3 };
    const column: Operand = { buffer: 0, shape: [4], strides: [1], offset: 10 };
    const executable = compiled([floats(20), floats(4)], {
      inputs: [0],
      steps: [map(sum, [row, column], 1)],
    });
    executable.view(0).set(Float32Array.from({ length: 20 }, (_, i) => i));
    executable.run();
    expect(executable.view(1)).toEqual(Float32Array.of(13, 19, 25, 31));
  });

  it('leaves out steps without elements', () => {
    const step = map(sum, [wholeBuffer(0, [0, 3]), wholeBuffer(0, [0, 3])], 1);
    const executable = compiled([floats(0), floats(0)], { inputs: [0], steps: [step] });
    executable.run();
    expect(executable.view(1)).toEqual(new Float32Array(0));
  });

  it('can run on after an index out of range', () => {
    const gather: Step = {
      spec: { family: 'index', access: 'gather', axis: 0 },
      inputs: [wholeBuffer(0, [3]), wholeBuffer(1, [2])],
      outputs: [wholeBuffer(2, [2])],
      signature: { shape: [2], dtype: 'float32' },
    };
    const buffers: Buffer[] = [floats(3), { dtype: 'int32', size: 2 }, floats(2)];
    const executable = compiled(buffers, { inputs: [0, 1], steps: [gather] });
    executable.view(0).set([1, 2, 3]);
    executable.view(1).set([0, 3]);
    expect(() => {
      executable.run();
    }).toThrow('gather: index 3 (number 1 of 2) is outside an axis of size 3');
    executable.view(1).set([2, 0]);
    executable.run();
    expect(executable.view(2)).toEqual(Float32Array.of(3, 1));
  });
});
