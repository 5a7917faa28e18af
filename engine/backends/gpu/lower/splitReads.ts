import { type ScalarExpression, input, partsOf, withParts } from '../../../ir/expression.js';
import type { Signature } from '../../../ir/kernel.js';
import { sizeOf } from '../../../ir/layout.js';
import { type Emitter, type Source, dense } from './emitter.js';
import { inOrder, walkOver, writeElement } from './loops.js';

/** An expression and what it reads. */
export interface Job {
  readonly expression: ScalarExpression;
  readonly sources: readonly Source[];
}

/**
 * An equivalent job that reads no more arrays than one kernel may: while there are too many, the part of the expression that
 * reads the most of them is computed by a kernel of its own.
 *
 * @param domain What the sources' elements are combined to, of the sources' shape.
 */
export function splitReads(
  emitter: Emitter,
  expression: ScalarExpression,
  sources: readonly Source[],
  domain: Signature,
): Job {
  if (emitter.arraysOf(sources) <= emitter.arrays) return { expression, sources };
  const all = [...sources];
  const parts = new Map<ScalarExpression, ScalarExpression>();
  const readBy = (part: ScalarExpression): Source[] => [...inputsOf(part)].map((i) => all[i]);
  const countOf = (part: ScalarExpression): number => emitter.arraysOf(readBy(part));

  const compute = (part: ScalarExpression): ScalarExpression => {
    const job = compact(part, all);
    const walk = walkOver(domain.shape, inOrder(domain.shape), job.sources, job.expression);
    const value = emitter.emit(job.sources, sizeOf(domain.shape), (writer, leaves) =>
      writeElement(writer, walk, leaves, writer.coordinates(walk.sizes[0]), domain.dtype),
    );
    return input(all.push(dense(value, domain.shape)) - 1);
  };
  const narrow = (part: ScalarExpression): ScalarExpression => {
    const cached = parts.get(part);
    if (cached !== undefined) return cached;
    let children = partsOf(part).map(narrow);
    while (emitter.arraysOf(children.flatMap(readBy)) > emitter.arrays) {
      const widest = children.reduce((a, b) => (countOf(b) > countOf(a) ? b : a));
      const computed = compute(widest);
      children = children.map((child) => (child === widest ? computed : child));
    }
    const result = withParts(part, children);
    parts.set(part, result);
    return result;
  };
  return compact(narrow(expression), all);
}

/** A job with the sources that its expression reads, and no others. */
function compact(expression: ScalarExpression, sources: readonly Source[]): Job {
  const used = [...inputsOf(expression)].sort((a, b) => a - b);
  const done = new Map<ScalarExpression, ScalarExpression>();
  const renumber = (part: ScalarExpression): ScalarExpression => {
    let result = done.get(part);
    if (result === undefined) {
      result =
        part.kind === 'input'
          ? input(used.indexOf(part.index))
          : withParts(part, partsOf(part).map(renumber));
      done.set(part, result);
    }
    return result;
  };
  return { expression: renumber(expression), sources: used.map((i) => sources[i]) };
}

function inputsOf(
  part: ScalarExpression,
  indices = new Set<number>(),
  seen = new Set<ScalarExpression>(),
): Set<number> {
  if (seen.has(part)) return indices;
  seen.add(part);
  if (part.kind === 'input') indices.add(part.index);
  for (const child of partsOf(part)) inputsOf(child, indices, seen);
  return indices;
}
