import {
  type Tensor,
  Generator,
  add,
  compile,
  linear,
  lstmSequence,
  mul,
  narrow,
  normal,
  reshape,
  sigmoid,
  square,
  stack,
  sum,
  tanh,
  valueAndGrad,
  zeros,
} from '../../engine/index.js';
import { kernelsOf } from '../../engine/ir/control.js';
import { stepsOf } from '../../engine/ir/plan.js';
import { raceAgainst, timeRows } from '../environment.js';
import { local } from '../race.js';
import type { Row } from '../rows.js';

const [time, batch, hidden] = [200, 64, 64];
const name = `value and gradient of an LSTM, ${time} steps, ${batch} x ${hidden}`;

interface Weights {
  readonly wi: Tensor;
  readonly wh: Tensor;
  readonly bi: Tensor;
  readonly bh: Tensor;
}

const looped = (x: Tensor, { wi, wh, bi, bh }: Weights): Tensor => lstmSequence(x, wi, wh, bi, bh);

/** The same with the steps written out in JavaScript, each of them a part of the plan. */
function writtenOut(x: Tensor, { wi, wh, bi, bh }: Weights): Tensor {
  const rows = linear(x, wi, add(bi, bh));
  let [h, c] = [zeros([batch, hidden]), zeros([batch, hidden])];
  const outputs = Array.from({ length: time }, (_, k) => {
    const gates = add(reshape(narrow(rows, 0, k, k + 1), [batch, 4 * hidden]), linear(h, wh));
    const gate = (i: number): Tensor => narrow(gates, 1, i * hidden, (i + 1) * hidden);
    c = add(mul(sigmoid(gate(1)), c), mul(sigmoid(gate(0)), tanh(gate(2))));
    h = mul(sigmoid(gate(3)), tanh(c));
    return h;
  });
  return stack(outputs);
}

/** A loop as one step of the plan, beside the plan of the loop written out: calls, the first call, the plan's size and memory. */
export async function scans(): Promise<Row[]> {
  const random = new Generator(1);
  const draw = (...shape: number[]): Tensor => mul(normal(random, shape), 0.2);
  const [rows, columns] = [4 * hidden, hidden];
  const weights = { wi: draw(rows, columns), wh: draw(rows, columns), bi: draw(rows), bh: draw(rows) };
  const x = draw(time, batch, hidden);
  const figures: Row[] = [];
  const contestants = Object.entries({ metagrad: looped, 'written out': writtenOut }).map(
    ([lib, sequence]) => {
      const compiled = compile(valueAndGrad((w: Weights, items: Tensor) => sum(square(sequence(items, w)))));
      const begin = performance.now();
      compiled(weights, x);
      const first = performance.now() - begin;
      const [{ bound, memory, steps }] = compiled.plans;
      const figure = (what: string, value: number, unit: string): Row => ({
        group: 'scan',
        name: `${name}, ${what}`,
        lib,
        value,
        unit,
      });
      figures.push(
        figure('first call', first, 'ms'),
        figure('plan', kernelsOf(stepsOf(steps)).length, 'steps'),
        figure('memory', memory.bytes / 2 ** 20, 'MiB'),
      );
      return local(lib, bound.execute);
    },
  );
  const raced = await raceAgainst([], contestants, { name: 'scan', given: {}, expected: [] });
  return [...timeRows('scan', name, raced, { unit: 'ms' }), ...figures];
}
