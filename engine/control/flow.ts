/** Where gradients flow within a plan: from which outputs to which inputs, and what cuts them where they do not. */
import { isFloat } from '../core/dtype.js';
import { noDependence, resultOf } from '../core/siblings.js';
import { cutOf } from '../grad/cut.js';
import { type Equation, type Plan, isControl } from '../plan/trace/plan.js';
import { remembered } from './remembered.js';

/** That a variable is read to compute another one; `cut` says why no gradient flows back, and is null where one does. */
interface Edge {
  readonly from: number;
  readonly to: number;
  readonly cut: string | null;
}

/** For each output and each input: null where a gradient flows, else the reason. */
export type Cuts = readonly (readonly (string | null)[])[];

const noDerivative = 'integers have no derivative';

/** A cut of an operation with plans in its parameters: a reason that comes from within one says in `where`. */
export const cutInside = (where: string, cut: string | null): string | null =>
  cut === null || cut === noDependence || cut === noDerivative ? cut : `inside of ${where}: ${cut}`;

const known = remembered<Cuts>();

/** The cuts of one run of a plan. */
export const cutsOf = (plan: Plan): Cuts => loopCutsOf(plan, 0);

/** Those of a loop: as many outputs as the first `carry` are the same inputs of the next step. */
export const loopCutsOf = (plan: Plan, carry: number): Cuts =>
  known(plan, String(carry), () => findCuts(plan, carry));

function findCuts(plan: Plan, carry: number): Cuts {
  const edges = plan.equations.flatMap(edgesOf);
  return plan.outputs.map((output, k) => {
    const reached = isFloat(output.dtype) ? ancestors(plan, edges, carry, k, false) : new Set<number>();
    const related = ancestors(plan, edges, carry, k, true);
    return plan.inputs.map(({ id, dtype }) => {
      if (!related.has(id)) return noDependence;
      if (!isFloat(dtype) || !isFloat(output.dtype)) return noDerivative;
      return reached.has(id) ? null : cutsBetween(plan, edges, carry, id, related);
    });
  });
}

function edgesOf(equation: Equation): Edge[] {
  const { inputs, outputs, params } = equation;
  return outputs.flatMap((output, k) => {
    const operation = isControl(equation)
      ? resultOf(equation.operation, equation.params, k)
      : equation.operation;
    return inputs.flatMap(({ id }, i) => {
      const cut = cutOf(operation, params, i);
      return cut === undefined ? [] : [{ from: id, to: output.id, cut }];
    });
  });
}

/** The variables that an output is computed from, in this step of a loop or in an earlier one. */
function ancestors(
  { inputs, outputs }: Plan,
  edges: readonly Edge[],
  carry: number,
  output: number,
  throughCuts: boolean,
): ReadonlySet<number> {
  const reached = new Set([outputs[output].id]);
  for (let before = 0; before !== reached.size;) {
    before = reached.size;
    for (let e = edges.length - 1; e >= 0; e--) {
      const { from, to, cut } = edges[e];
      if (reached.has(to) && (throughCuts || cut === null)) reached.add(from);
    }
    for (let i = 0; i < carry; i++) if (reached.has(inputs[i].id)) reached.add(outputs[i].id);
  }
  return reached;
}

/** What cuts an input off from an output that is computed from `related`, joined by `and`. */
function cutsBetween(
  { inputs, outputs }: Plan,
  edges: readonly Edge[],
  carry: number,
  input: number,
  related: ReadonlySet<number>,
): string {
  const influenced = new Set([input]);
  const cuts = new Set<string>();
  for (let before = 0; before !== influenced.size;) {
    before = influenced.size;
    for (const { from, to, cut } of edges) {
      if (!influenced.has(from) || !related.has(to)) continue;
      if (cut === null) influenced.add(to);
      else cuts.add(cut);
    }
    for (let i = 0; i < carry; i++) if (influenced.has(outputs[i].id)) influenced.add(inputs[i].id);
  }
  return [...cuts].join(' and ');
}
