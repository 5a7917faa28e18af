/** From equations to kernels: the first form of the graph. */
import { toTypedArray } from '../../ir/array.js';
import { Tensor, concrete } from '../../core/tensor.js';
import { input } from '../../ir/expression.js';
import type { KernelSpec, Signature } from '../../ir/kernel.js';
import { type Control, type Plan, type Variable, isControl } from '../trace/plan.js';
import {
  type ControlKernel,
  type Graph,
  type KernelGroup,
  type Move,
  type Read,
  type Source,
  isControlSpec,
  isSameRead,
  moveLayout,
  whole,
} from './graph.js';

/** One kernel for each equation of a plan. Views cost nothing; a reshape becomes a kernel where no layout gives its order. */
export function graphOf(plan: Plan): Graph {
  const inputs = plan.inputs.map(sourceOf);
  return graphReading(plan, inputs, inputs.map(whole));
}

const sourceOf = (variable: Variable): Source => ({ signature: signatureOf(variable) });

const signatureOf = ({ shape, dtype }: Variable): Signature => ({ shape, dtype });

/** A tensor without numbers: lowering reads shape and dtype only. */
const placeholder = ({ id, shape, dtype }: Variable): Tensor => new Tensor(shape, dtype, { variable: id });

/** @param given What the plan's inputs are, some of them sources around the graph; `inputs` are the others. */
function graphReading(plan: Plan, inputs: readonly Source[], given: readonly Read[]): Graph {
  const reads = new Map(plan.inputs.map(({ id }, i) => [id, given[i]]));
  const groups: KernelGroup[] = [];
  const readOf = ({ id }: Variable): Read => reads.get(id)!;
  const add = (spec: KernelSpec | ControlKernel, operands: readonly Read[], signature: Signature): Read => {
    const kernel = { spec, reads: operands, signature };
    groups.push({ kernels: [kernel], spec, reads: operands });
    return whole(kernel);
  };
  const moved = (read: Read, move: Move): Read => {
    const layout = moveLayout(read.layout, move);
    if (layout !== undefined) return { source: read.source, moves: [...read.moves, move], layout };
    const { dtype } = read.source.signature;
    const copy = add({ family: 'map', expression: input(0) }, [read], { shape: read.layout.shape, dtype });
    return { ...copy, moves: [move], layout: moveLayout(copy.layout, move)! };
  };

  const constants = new Map(
    plan.literals.map(({ variable, tensor }) => {
      const source = sourceOf(variable);
      reads.set(variable.id, whole(source));
      return [source, toTypedArray(concrete(tensor, 'compile'))];
    }),
  );
  for (const equation of plan.equations) {
    const operands = equation.inputs.map(readOf);
    if (isControl(equation)) {
      const results = equation.outputs.map(sourceOf);
      const { spec, own } = controlKernel(equation.params, operands, results);
      add(spec, [...own, ...outsideOf(spec)], { shape: [], dtype: 'float32' });
      equation.outputs.forEach(({ id }, k) => reads.set(id, whole(results[k])));
      continue;
    }
    const { operation, inputs: variables, params } = equation;
    const [output] = equation.outputs;
    const spec = operation.lower(variables.map(placeholder), params);
    const isMove = spec.family === 'view' || spec.family === 'reshape';
    reads.set(output.id, isMove ? moved(operands[0], spec) : add(spec, operands, signatureOf(output)));
  }
  return { inputs, constants, groups, outputs: plan.outputs.map(readOf) };
}

/** `own` are the reads of the kernel itself; those inside of it come behind them. */
function controlKernel(
  control: Control,
  operands: readonly Read[],
  results: readonly Source[],
): { readonly spec: ControlKernel; readonly own: readonly Read[] } {
  switch (control.kind) {
    case 'loop': {
      const { body, carry, items, length, reverse } = control;
      const own = operands.slice(0, carry + items);
      const inputs = body.inputs.slice(0, own.length).map(sourceOf);
      const given = inputs.map((source, i) => (i < carry ? whole(source) : rowOf(source, own[i])));
      const graph = graphReading(body, inputs, [...given, ...operands.slice(own.length)]);
      return { spec: { family: 'loop', count: length, reverse, carries: carry, body: graph, results }, own };
    }
    case 'choice': {
      const [condition, ...others] = operands;
      const [first, second] = control.branches;
      const branches = [graphReading(first, [], others), graphReading(second, [], others)] as const;
      return { spec: { family: 'choice', branches, results }, own: [condition] };
    }
    case 'inline':
      throw new Error('A function that is to be written out has not been.');
  }
}

/** A row of a stack, whose elements lie as they do in the stack. */
const rowOf = (source: Source, { layout: { shape, strides } }: Read): Read => ({
  source,
  moves: [],
  layout: { shape: shape.slice(1), strides: strides.slice(1), offset: 0 },
});

/** What is read inside of a kernel and computed outside of it. */
function outsideOf(spec: ControlKernel): readonly Read[] {
  const outside: Read[] = [];
  for (const { inputs, constants, groups, outputs } of spec.family === 'loop' ? [spec.body] : spec.branches) {
    const inner = new Set<Source>([...inputs, ...constants.keys(), ...groups.flatMap(sourcesOf)]);
    for (const read of [...groups.flatMap(({ reads }) => reads), ...outputs])
      if (!inner.has(read.source) && !outside.some((other) => isSameRead(other, read))) outside.push(read);
  }
  return outside;
}

/** What a group computes. */
const sourcesOf = ({ kernels, spec }: KernelGroup): readonly Source[] =>
  isControlSpec(spec) ? spec.results : kernels;
