/** The step of the loop that takes the gradient of a loop. */
import { isFloat } from '../../core/dtype.js';
import type { Tensor } from '../../core/tensor.js';
import { readIn } from '../../plan/trace/deadCode.js';
import { type Loop, type Plan, type Variable, makePlan } from '../../plan/trace/plan.js';
import { traceClosed } from '../../plan/trace/trace.js';
import { add } from '../../primitives/index.js';
import { cutsOf } from '../flow.js';
import { pullPlan } from '../pullPlan.js';
import { marksKey, remembered } from '../remembered.js';

/**
 * The step of the loop the other way round. Its carry are the cotangents of carries, then the sums for constants; its items
 * are the carries and items of the step that it takes back, as far as it reads them, then the cotangents of outs; its outs
 * are the cotangents of items. The lists are positions among the inputs of the loop, `outs` among its results.
 */
export interface Transposed {
  readonly body: Plan;
  /** The carries that have a cotangent. */
  readonly carries: readonly number[];
  /** The constants that get one. */
  readonly constants: readonly number[];
  /** The items that get one. */
  readonly items: readonly number[];
  /** The results besides the carry whose cotangents are read. */
  readonly outs: readonly number[];
  /** The carries whose values at the beginning of each step are read. */
  readonly carriesRead: readonly number[];
  readonly itemsRead: readonly number[];
  readonly constantsRead: readonly number[];
}

const known = remembered<Transposed>();

/** For cotangents of those results that `has` marks, and gradients of those inputs that `wanted` marks. */
export const transposed = (loop: Loop, has: readonly boolean[], wanted: readonly boolean[]): Transposed =>
  known(loop.body, marksKey(has, wanted), () => transpose(loop, has, wanted));

function transpose(
  { body, carry, items: itemCount }: Loop,
  has: readonly boolean[],
  wanted: readonly boolean[],
): Transposed {
  const { inputs, outputs } = body;
  const carries = carriesWithCotangents(body, carry, has, wanted);
  const from = carry + itemCount;
  const items = positions(wanted, carry, from);
  const constants = positions(wanted, from, inputs.length);
  const free = [...carries, ...constants, ...items];
  const cuts = cutsOf(body);
  const outs = positions(has, carry, outputs.length).filter((k) => free.some((i) => cuts[k][i] === null));

  const given = [...carries, ...constants];
  const pullStep = (tensors: readonly Tensor[]): readonly Tensor[] => {
    const before = tensors.slice(0, given.length);
    const values = tensors.slice(given.length, given.length + inputs.length);
    const pulled = pullPlan(
      body,
      values,
      free,
      [...carries, ...outs],
      [...before.slice(0, carries.length), ...tensors.slice(given.length + inputs.length)],
    );
    return pulled.map((g, j) => (j >= carries.length && j < given.length ? add(before[j], g) : g));
  };
  const signatures = [...given.map((i) => inputs[i]), ...inputs, ...outs.map((k) => outputs[k])];
  const { plan } = traceClosed('scan', signatures, pullStep, (results) => results);

  const read = readIn(plan);
  const valueOf = (i: number): Variable => plan.inputs[given.length + i];
  const isRead = inputs.map((_, i) => read.has(valueOf(i).id));
  const valuesRead = (low: number, high: number): number[] => positions(isRead, low, high);
  const [carriesRead, itemsRead] = [valuesRead(0, carry), valuesRead(carry, from)];
  const constantsRead = valuesRead(from, inputs.length);
  const ordered = [
    ...plan.inputs.slice(0, given.length),
    ...[...carriesRead, ...itemsRead].map(valueOf),
    ...plan.inputs.slice(given.length + inputs.length),
    ...constantsRead.map(valueOf),
  ];
  const bodyBack = makePlan({ ...plan, inputs: ordered });
  return { body: bodyBack, carries, constants, items, outs, carriesRead, itemsRead, constantsRead };
}

/** The carries that a cotangent reaches and that lead on to an input whose gradient is wanted. */
function carriesWithCotangents(
  body: Plan,
  carry: number,
  has: readonly boolean[],
  wanted: readonly boolean[],
): number[] {
  const cuts = cutsOf(body);
  const reached = new Set(positions(has, 0, body.outputs.length));
  const leading = new Set(positions(wanted, 0, body.inputs.length));
  const all = Array.from({ length: carry }, (_, i) => i).filter((i) => isFloat(body.inputs[i].dtype));
  for (let before = -1; before !== reached.size + leading.size;) {
    before = reached.size + leading.size;
    for (const i of all) {
      if ([...reached].some((k) => cuts[k][i] === null)) reached.add(i);
      if ([...leading].some((j) => cuts[i][j] === null)) leading.add(i);
    }
  }
  return all.filter((i) => reached.has(i) && leading.has(i));
}

/** The positions from `low` to `high`, exclusive, that are marked. */
const positions = (marks: readonly boolean[], low: number, high: number): number[] =>
  marks.flatMap((isMarked, i) => (isMarked && i >= low && i < high ? [i] : []));
