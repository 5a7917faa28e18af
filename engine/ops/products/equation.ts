/** Equations of `einsum`, as in 'ij,jk->ik' and '...ij,...jk'. */
import { ShapeError, UsageError } from '../../core/errors.js';
import { describe } from '../../core/options.js';
import { formatShape } from '../../core/shape.js';
import type { Shape } from '../../ir/kernel.js';

/** A label for every axis of every operand and of the result: a letter, or for axes that an ellipsis covers '...0', '...1', from the last one back. */
export interface Equation {
  readonly operands: readonly (readonly string[])[];
  readonly output: readonly string[];
  /** The size of each label. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Reads an equation for operands of these shapes. Without an arrow the result has the ellipsis and then the letters that
 * occur once, in alphabetical order. Axes of size 1 under an ellipsis stretch.
 */
export function readEquation(equation: unknown, shapes: readonly Shape[]): Equation {
  if (typeof equation !== 'string')
    throw new UsageError(`einsum: the equation comes first, as in 'ij,jk->ik'; got ${describe(equation)}.`);
  const sides = equation.replaceAll(' ', '').split('->');
  if (sides.length > 2) throw new UsageError(`einsum: '${equation}' has more than one arrow.`);
  const terms = sides[0].split(',');
  if (terms.length !== shapes.length)
    throw new UsageError(
      `einsum: '${equation}' is of ${terms.length} operands, with a comma between neighbours; got ${shapes.length} tensors.`,
    );
  const operands = terms.map((term, i) => labelsOf(equation, term, shapes[i], i));
  const sizes = sizesOf(equation, operands, shapes);
  const output = sides.length > 1 ? outputOf(equation, sides[1], sizes) : impliedOutput(operands);
  return { operands, output, sizes };
}

/** The letters before and after the ellipsis of a term; `after` is undefined for a term without one. */
function split(
  equation: string,
  term: string,
): { readonly before: string[]; readonly after: string[] | undefined } {
  const parts = term.split('...');
  const wrong = /[^A-Za-z]/.exec(parts.join(''))?.[0];
  if (parts.length > 2 || wrong !== undefined)
    throw new UsageError(
      `einsum: '${term}' in '${equation}' ${wrong === undefined ? 'has more than one ellipsis' : `has '${wrong}' in it`}; ` +
        'a term has letters, one for each axis, and one ellipsis (...) at most.',
    );
  const [before, after] = parts.map((letters) => letters.split(''));
  return { before, after: parts.length === 2 ? after : undefined };
}

function labelsOf(equation: string, term: string, shape: Shape, operand: number): string[] {
  const { before, after } = split(equation, term);
  const named = before.length + (after?.length ?? 0);
  const covered = shape.length - named;
  if (covered < 0 || (after === undefined && covered > 0))
    throw new ShapeError(
      `einsum: '${term}' names ${named} axes, operand ${operand} ${formatShape(shape)} has ${shape.length}` +
        `${covered < 0 ? '' : '; an ellipsis (...) stands for the others'}.`,
    );
  return [...before, ...ellipsis(covered), ...(after ?? [])];
}

const ellipsis = (rank: number): string[] => Array.from({ length: rank }, (_, i) => `...${rank - 1 - i}`);

const isLetter = (label: string): boolean => label.length === 1;

function sizesOf(
  equation: string,
  operands: readonly (readonly string[])[],
  shapes: readonly Shape[],
): Map<string, number> {
  const sizes = new Map<string, number>();
  const first = new Map<string, number>();
  operands.forEach((labels, operand) => {
    labels.forEach((label, axis) => {
      const size = shapes[operand][axis];
      const before = sizes.get(label);
      if (before === undefined || (before === 1 && !isLetter(label))) {
        sizes.set(label, size);
        first.set(label, operand);
      } else if (size !== before && (size !== 1 || isLetter(label))) {
        const other = first.get(label)!;
        throw new ShapeError(
          `einsum: ${isLetter(label) ? `'${label}'` : 'an axis of the ellipsis'} in '${equation}' has size ${before} in operand ${other} ` +
            `${formatShape(shapes[other])} and ${size} in operand ${operand} ${formatShape(shapes[operand])}.`,
        );
      }
    });
  });
  return sizes;
}

function outputOf(equation: string, term: string, sizes: ReadonlyMap<string, number>): string[] {
  const { before, after } = split(equation, term);
  const letters = [...before, ...(after ?? [])];
  const wrong = letters.find((letter, i) => !sizes.has(letter) || letters.indexOf(letter) < i);
  if (wrong !== undefined)
    throw new UsageError(
      `einsum: '${wrong}' of the result in '${equation}' ${sizes.has(wrong) ? 'occurs twice in it' : 'is in no operand'}.`,
    );
  const covered = [...sizes.keys()].filter((label) => !isLetter(label)).length;
  return [...before, ...ellipsis(after === undefined ? 0 : covered), ...(after ?? [])];
}

function impliedOutput(operands: readonly (readonly string[])[]): string[] {
  const all = operands.flat();
  const letters = all.filter((label) => isLetter(label) && all.indexOf(label) === all.lastIndexOf(label));
  const covered = new Set(all.filter((label) => !isLetter(label))).size;
  return [...ellipsis(covered), ...letters.sort()];
}
