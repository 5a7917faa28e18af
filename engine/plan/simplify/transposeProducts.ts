import { broadcastPrimitive, matmulPrimitive, permutePrimitive } from '../../primitives/index.js';
import { withoutDeadCode } from '../trace/deadCode.js';
import {
  type Equation,
  type Plan,
  type PrimitiveEquation,
  type Variable,
  paramsOf,
  makePlan,
  largestId,
} from '../trace/plan.js';

/**
 * Computes `b^T a^T` in place of a product `a b` that is only read transposed, so that it can be read along its rows.
 * The gradient of a weight that is kept transposed, as in PyTorch, is such a product; that of one example is a column times a
 * row, which is elementwise.
 */
export function transposeProducts(plan: Plan): Plan {
  const definitions: Definitions = new Map(
    plan.equations.flatMap((equation) => equation.outputs.map(({ id }) => [id, equation] as const)),
  );
  const products = productsReadTransposed(plan, definitions);
  if (products.size === 0) return plan;
  let names = largestId(plan);
  const equations: Equation[] = [];
  for (const equation of plan.equations) {
    const product = isTransposition(equation) ? products.get(equation.inputs[0].id) : undefined;
    if (product === undefined) {
      equations.push(equation);
      continue;
    }
    const transposed = (factor: Variable): Variable => {
      const before = definitions.get(factor.id);
      if (before !== undefined && isTransposition(before)) return before.inputs[0];
      const output = { ...factor, id: ++names, shape: swapped(factor.shape) };
      equations.push({ ...equation, inputs: [factor], outputs: [output] });
      return output;
    };
    const [a, b] = product.inputs.map(transposed);
    const inputs = product.operation === matmulPrimitive ? [b, a] : [a, b];
    equations.push({ ...product, inputs, outputs: [equation.outputs[0]] });
  }
  return withoutDeadCode(makePlan({ ...plan, equations }));
}

/** The equations that compute variables, by their numbers. */
type Definitions = ReadonlyMap<number, Equation>;

/** The products that are read once, by a permutation that exchanges rows and columns. */
function productsReadTransposed(
  { equations, outputs }: Plan,
  definitions: Definitions,
): ReadonlyMap<number, PrimitiveEquation> {
  const readers = new Map<number, Equation[]>();
  for (const equation of equations)
    for (const { id } of equation.inputs) {
      const entries = readers.get(id);
      if (entries === undefined) readers.set(id, [equation]);
      else entries.push(equation);
    }
  const returned = new Set(outputs.map(({ id }) => id));
  const products = equations.filter((equation): equation is PrimitiveEquation => {
    const { id } = equation.outputs[0];
    const reading = readers.get(id) ?? [];
    return (
      (equation.operation === matmulPrimitive || isOuterProduct(equation, definitions)) &&
      !returned.has(id) &&
      reading.length === 1 &&
      isTransposition(reading[0])
    );
  });
  return new Map(products.map((product) => [product.outputs[0].id, product]));
}

/** Whether an equation multiplies two stretched tensors, as a product of a column and a row is written. */
const isOuterProduct = ({ operation, inputs }: Equation, definitions: Definitions): boolean =>
  operation.name === 'mul' && inputs.every(({ id }) => definitions.get(id)?.operation === broadcastPrimitive);

function isTransposition(equation: Equation): equation is PrimitiveEquation {
  const params = paramsOf(equation, permutePrimitive);
  return params !== undefined && swapped(params.axes).every((axis, i) => axis === i);
}

/** With the last two exchanged. */
const swapped = (numbers: readonly number[]): number[] => [
  ...numbers.slice(0, -2),
  numbers[numbers.length - 1],
  numbers[numbers.length - 2],
];
