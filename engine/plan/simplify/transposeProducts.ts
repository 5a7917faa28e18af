import { type Equation, type Plan, type Variable, makePlan, withoutDeadCode } from '../trace/plan.js';

/**
 * Computes `b^T a^T` in place of a product `a b` that is only read transposed, so that it can be read along its rows.
 * The gradient of a weight that is kept transposed, as in PyTorch, is such a product.
 */
export function turnProducts(plan: Plan): Plan {
  const products = turnable(plan);
  if (products.size === 0) return plan;
  const made = new Map(plan.equations.map((equation) => [equation.output.id, equation]));
  let names = 0;
  for (const { inputs, output } of plan.equations)
    for (const { id } of [...inputs, output]) names = Math.max(names, id);
  const equations: Equation[] = [];
  for (const equation of plan.equations) {
    const product = isTurn(equation) ? products.get(equation.inputs[0].id) : undefined;
    if (product === undefined) {
      equations.push(equation);
      continue;
    }
    const turned = (factor: Variable): Variable => {
      const before = made.get(factor.id);
      if (before !== undefined && isTurn(before)) return before.inputs[0];
      const output = { ...factor, id: ++names, shape: swapped(factor.shape) };
      equations.push({ ...equation, inputs: [factor], output });
      return output;
    };
    const [a, b] = product.inputs.map(turned);
    equations.push({ ...product, inputs: [b, a], output: equation.output });
  }
  return withoutDeadCode(makePlan({ ...plan, equations }));
}

/** The products that are read once, by a permutation that exchanges rows and columns. */
function turnable({ equations, outputs }: Plan): ReadonlyMap<number, Equation> {
  const readers = new Map<number, Equation[]>();
  for (const equation of equations)
    for (const { id } of equation.inputs) {
      const known = readers.get(id);
      if (known === undefined) readers.set(id, [equation]);
      else known.push(equation);
    }
  const returned = new Set(outputs.map(({ id }) => id));
  const products = equations.filter(({ operation, output: { id } }) => {
    const reading = readers.get(id) ?? [];
    return operation.name === 'matmul' && !returned.has(id) && reading.length === 1 && isTurn(reading[0]);
  });
  return new Map(products.map((product) => [product.output.id, product]));
}

const isTurn = ({ operation, params }: Equation): boolean =>
  operation.name === 'permute' &&
  swapped((params as { readonly axes: readonly number[] }).axes).every((axis, i) => axis === i);

/** With the last two exchanged. */
const swapped = (numbers: readonly number[]): number[] => [
  ...numbers.slice(0, -2),
  numbers[numbers.length - 1],
  numbers[numbers.length - 2],
];
