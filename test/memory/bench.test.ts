/** What is timed in bench/ takes little more memory than it must, and copies no state in or out. */
import { describe, expect, it } from 'vitest';
import { oneByOne } from '../../engine/backends/oneByOne.js';
import {
  compiledMetaStep,
  compiledUnroll,
  metaBeginning,
  studies,
  unrolledSizes,
} from '../../bench/groups/meta.js';
import { adamHyper, beginning, compiledStep, nameOf, problemOf, sizes } from '../../bench/problems.js';
import { type Compiled, tensor } from '../../engine/index.js';
import { kernelsOf } from '../../engine/ir/control.js';
import { stepsOf } from '../../engine/ir/plan.js';

type Timed = Pick<Compiled<never, unknown>, 'plans'>;

const problems: readonly (readonly [string, () => Timed])[] = [
  ...sizes.map((size) => {
    const run = (): Timed => {
      const { params, loss, batch } = problemOf(size);
      const step = compiledStep(loss);
      step(beginning(params), adamHyper, batch);
      return step;
    };
    return [`step ${nameOf(size)}`, run] as const;
  }),
  ...studies.map((study) => {
    const run = (): Timed => {
      const { params, loss, batch, validation } = problemOf(study.size);
      const step = compiledMetaStep(study, loss);
      step(metaBeginning(study, params), batch, validation);
      return step;
    };
    return [study.name, run] as const;
  }),
  ...unrolledSizes.map((size) => {
    const run = (): Timed => {
      const { params, loss, batch, validation } = problemOf(size);
      const unrolled = compiledUnroll(loss);
      unrolled(params, tensor(Math.log(0.1)), batch, validation);
      return unrolled;
    };
    return [`unroll ${nameOf(size)}`, run] as const;
  }),
];

describe('the memory of what is timed is at most 1.5 times its live peak', () => {
  it.each(problems)('%s', (_, run) => {
    const [{ backend, memory }] = run().plans;
    expect(backend).toBe('wasm');
    expect(memory.bytes).toBeLessThanOrEqual(1.5 * memory.livePeak);
    // Without what must stay anyway, too.
    expect(memory.bytes - memory.lasting).toBeLessThanOrEqual(1.5 * (memory.livePeak - memory.lasting));
  });
});

it('the blended step copies no parameter in or out', () => {
  const study = studies.find(({ name }) => name === 'blended')!;
  const { params, loss, batch, validation } = problemOf(study.size);
  const step = compiledMetaStep(study, loss);
  step(metaBeginning(study, params), batch, validation);
  const [{ steps: plan }] = step.plans;
  const isLarge = (buffer: number): boolean => plan.buffers[buffer].size > 16;
  const written = plan.outputs.map(({ buffer }) => buffer).filter(isLarge);
  expect(written.length).toBeGreaterThan(20);
  expect(new Set(written).size).toBe(written.length);
  expect(written.filter((buffer) => !plan.inputs.includes(buffer))).toEqual([]);
  const copies = kernelsOf(stepsOf(plan)).filter(({ spec, outputs }) =>
    oneByOne(spec).some(
      (one, i) => one.family === 'map' && one.expression.kind === 'input' && isLarge(outputs[i].buffer),
    ),
  );
  expect(copies).toEqual([]);
});
