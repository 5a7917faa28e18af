/**
 * Simplification: the plan is evaluated once more under an interpreter that writes equations, as a trace does. It writes
 * none where the result is one number everywhere, where the primitive has a simpler form, and where the same equation has
 * been written before. Equations that no output depends on are dropped.
 */
import { type Interpreter, dispatch, withInterpreter } from '../../core/dispatch.js';
import { allocate } from '../../ir/array.js';
import { eager } from '../../backends/eager.js';
import { sameShape } from '../../ir/layout.js';
import { type MultiOperation, type Operation, Tensor, type Traced, concrete } from '../../core/tensor.js';
import type { DType, Signature } from '../../ir/kernel.js';
import { stretch } from '../../primitives/broadcast.js';
import {
  add,
  barrierPrimitive,
  broadcastPrimitive,
  constant,
  constantPrimitive,
  div,
  mul,
  neg,
  sub,
} from '../../primitives/index.js';
import type { Primitive } from '../../primitives/definition/primitive.js';
import type { Arithmetic, Simplifier } from '../../primitives/definition/simplification.js';
import { keyOf } from '../trace/format.js';
import { withoutDeadCode } from '../trace/deadCode.js';
import { hoist } from './hoist.js';
import {
  type Equation,
  type Literal,
  type Plan,
  type Variable,
  evaluatePlan,
  keyOfPlan,
  makePlan,
  paramsOf,
  type Control,
  type ControlOperation,
  plainParams,
  plansOf,
  withPlans,
} from '../trace/plan.js';

/** How a tensor of a plan is computed. */
interface Definition {
  readonly operation: Operation;
  readonly inputs: readonly Tensor[];
  readonly params: unknown;
}

const arithmetic: Arithmetic = { neg, add, sub, mul, div };

/** @param moveOut Whether what steps of loops need not compute is moved out of them. */
export function simplify(plan: Plan, moveOut = false): Plan {
  const equations: Equation[] = [];
  const literals: Literal[] = [];
  const definitions = new Map<number, Definition>();
  const written = new Map<string, Traced>();
  let count = 0;

  const idOf = ({ value }: Tensor): number => (value as Traced).variable;
  const variableOf = (tensor: Tensor): Variable => {
    const { shape, dtype } = tensor;
    return { id: idOf(tensor), shape, dtype };
  };
  /** Undefined for the plan's inputs and literals. */
  const definitionOf = (tensor: Tensor): Definition | undefined => definitions.get(idOf(tensor));
  const simplifier: Simplifier = {
    ...arithmetic,
    isSame: (a, b) => idOf(a) === idOf(b),
    numberOf(x) {
      const definition = definitionOf(x);
      if (definition === undefined) return undefined;
      if (definition.operation === broadcastPrimitive) return simplifier.numberOf(definition.inputs[0]);
      return paramsOf(definition, constantPrimitive)?.value;
    },
    inputsOf(fn, x) {
      const definition = definitionOf(x);
      return definition?.operation.name === fn ? definition.inputs : undefined;
    },
    applicationOf(operation, x) {
      const definition = definitionOf(x);
      const params = definition && paramsOf(definition, operation);
      return params && { inputs: definition.inputs, params };
    },
  };

  const write = (
    operation: Operation,
    inputs: readonly Tensor[],
    params: unknown,
    { shape, dtype }: Signature,
  ): Traced => {
    const key = `${operation.name}(${inputs.map(idOf).join()})${keyOf(params)}`;
    const before = written.get(key);
    if (before !== undefined && operation !== barrierPrimitive) return before;
    const value = { variable: count++ };
    written.set(key, value);
    definitions.set(value.variable, { operation, inputs, params });
    const output = { id: value.variable, shape, dtype };
    equations.push({ operation, inputs: inputs.map(variableOf), params, outputs: [output] });
    return value;
  };
  const writtenControls = new Map<string, readonly Traced[]>();
  const writeControl = (
    operation: ControlOperation,
    inputs: readonly Tensor[],
    params: Control,
    signatures: readonly Signature[],
  ): readonly Traced[] => {
    const plans = plansOf(params).map(keyOfPlan).join();
    const key = `${operation.name}(${inputs.map(idOf).join()})${keyOf(plainParams(params))}${plans}`;
    const before = writtenControls.get(key);
    if (before !== undefined) return before;
    const values = signatures.map(() => ({ variable: count++ }));
    writtenControls.set(key, values);
    const outputs = signatures.map(({ shape, dtype }, k) => ({ id: values[k].variable, shape, dtype }));
    equations.push({ operation, inputs: inputs.map(variableOf), params, outputs });
    return values;
  };

  const writer: Interpreter = {
    evaluate(generic, inputs, params, signature) {
      const operation = generic as Operation;
      const number = paramsOf({ operation, params }, constantPrimitive);
      if (number !== undefined) {
        const { value, dtype } = number;
        return write(operation, [], { value: rounded(value, dtype), dtype }, signature);
      }
      const simpler =
        folded(operation, inputs, params, signature, simplifier) ??
        (isPrimitive(operation) ? operation.simplify?.(inputs, params, simplifier) : undefined);
      return simpler === undefined ? write(operation, inputs, params, signature) : simpler.value;
    },
    evaluateMulti(operation, inputs, params, signatures) {
      const control = params as Control;
      if (control.kind === 'inline') return evaluatePlan(control.body, inputs).map(({ value }) => value);
      const simpler = withPlans(control, (body) => simplify(body, moveOut));
      const [parts, operands] =
        moveOut && simpler.kind === 'loop' ? hoist(simpler, inputs) : [simpler, inputs];
      return writeControl(operation as MultiOperation as ControlOperation, operands, parts, signatures);
    },
  };

  /** The small literals by their values. */
  const compared = new Map<string, Variable>();
  const fresh = ({ shape, dtype }: Variable): Tensor => new Tensor(shape, dtype, { variable: count++ });
  const carryOver = ({ variable, tensor }: Literal): Literal => {
    const { data, offset } = concrete(tensor, 'compile');
    if (tensor.size === 1) return { variable, tensor: filled(data[offset], variable) };
    const key = tensor.size > comparable ? undefined : numbersOf(tensor);
    const same =
      key === undefined
        ? literals.find((literal) => sameView(literal.tensor, tensor))?.variable
        : compared.get(key);
    if (same !== undefined)
      return { variable, tensor: new Tensor(tensor.shape, tensor.dtype, { variable: same.id }) };
    const copy = fresh(variable);
    const literal = { variable: variableOf(copy), tensor };
    literals.push(literal);
    if (key !== undefined) compared.set(key, literal.variable);
    return { variable, tensor: copy };
  };

  const inputs = plan.inputs.map(fresh);
  const outputs = withInterpreter(writer, () =>
    evaluatePlan({ ...plan, literals: plan.literals.map(carryOver) }, inputs),
  );
  const simpler = { inputs: inputs.map(variableOf), literals, equations, outputs: outputs.map(variableOf) };
  return withoutDeadCode(makePlan(simpler));
}

/** Whether an operation is a primitive; those that exist only in a graph of gradients are not. */
const isPrimitive = (operation: Operation): operation is Primitive<unknown> => 'samples' in operation;

const rounded = (value: number, dtype: DType): number => {
  const one = allocate(dtype, 1);
  one[0] = value;
  return one[0];
};

/** A tensor filled with one number. */
const filled = (value: number, { shape, dtype }: Signature): Tensor => stretch(constant(value, dtype), shape);

/** The result where each input is filled with one number and therefore the result is, too; else undefined. */
function folded(
  operation: Operation,
  inputs: readonly Tensor[],
  params: unknown,
  signature: Signature,
  plan: Simplifier,
): Tensor | undefined {
  const numbers = inputs.map((input) => plan.numberOf(input));
  if (numbers.length === 0 || numbers.includes(undefined)) return undefined;
  const { family } = operation.lower(inputs, params);
  if (family === 'view' || family === 'reshape') {
    const isWritten =
      operation === broadcastPrimitive && plan.applicationOf(constantPrimitive, inputs[0]) !== undefined;
    return isWritten ? undefined : filled(numbers[0]!, signature);
  }
  if (family !== 'map' && !(family === 'reduce' && inputs[0].size <= foldable)) return undefined;
  const result = withInterpreter(eager, () =>
    dispatch(
      operation,
      numbers.map((number, i) =>
        filled(number!, family === 'map' ? { shape: [], dtype: inputs[i].dtype } : inputs[i]),
      ),
      params,
    ),
  );
  const { data, offset } = concrete(result, operation.name);
  return filled(data[offset], signature);
}

/** Larger reductions of one number are left to the plan. */
const foldable = 1 << 16;

/** Larger literals are merged only if they are views of the same array. */
const comparable = 1024;

/** A key that equal literals share. */
const numbersOf = (tensor: Tensor): string =>
  `${tensor.dtype} ${tensor.shape.join()}: ${Array.from(tensor.toTypedArray(), (x) => (Object.is(x, -0) ? '-0' : String(x))).join()}`;

function sameView(a: Tensor, b: Tensor): boolean {
  const [x, y] = [concrete(a, 'compile'), concrete(b, 'compile')];
  return (
    x.data === y.data &&
    x.offset === y.offset &&
    sameShape(x.shape, y.shape) &&
    sameShape(x.strides, y.strides)
  );
}
