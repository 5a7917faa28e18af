import { matmulPrimitive, permutePrimitive } from '../../primitives/index.js';
import {
  type Equation,
  type Plan,
  type Variable,
  paramsOf,
  makePlan,
  withoutDeadCode,
} from '../trace/plan.js';

/**
 * Computes `b^T a^T` in place of a product `a b` that is only read transposed, so that it can be read along its rows.
 * The gradient of a weight that is kept transposed, as in PyTorch, is such a product.
 */
export function transposeProducts(plan: Plan): Plan {
  const products = productsReadTransposed(plan);
  if (products.size === 0) return plan;
  const definitions = new Map(plan.equations.map((equation) => [equation.output.id, equation]));
  let names = 0;
  for (const { inputs, output } of plan.equations)
    for (const { id } of [...inputs, output]) names = Math.max(names, id);
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
      equations.push({ ...equation, inputs: [factor], output });
      return output;
    };
    const [a, b] = product.inputs.map(transposed);
    equations.push({ ...product, inputs: [b, a], output: equation.output });
  }
  return withoutDeadCode(makePlan({ ...plan, equations }));
}

/** The products that are read once, by a permutation that exchanges rows and columns. */
function productsReadTransposed({ equations, outputs }: Plan): ReadonlyMap<number, Equation> {
  const readers = new Map<number, Equation[]>();
  for (const equation of equations)
    for (const { id } of equation.inputs) {
      const entries = readers.get(id);
      if (entries === undefined) readers.set(id, [equation]);
      else entries.push(equation);
    }
  const returned = new Set(outputs.map(({ id }) => id));
  const products = equations.filter(({ operation, output: { id } }) => {
    const reading = readers.get(id) ?? [];
    return (
      operation === matmulPrimitive &&
      !returned.has(id) &&
      reading.length === 1 &&
      isTransposition(reading[0])
    );
  });
  return new Map(products.map((product) => [product.output.id, product]));
}

function isTransposition(equation: Equation): boolean {
  const params = paramsOf(equation, permutePrimitive);
  return params !== undefined && swapped(params.axes).every((axis, i) => axis === i);
}

/** With the last two exchanged. */
const swapped = (numbers: readonly number[]): number[] => [
  ...numbers.slice(0, -2),
  numbers[numbers.length - 1],
  numbers[numbers.length - 2],
];
