/** Checks operations against values, gradients and second-order gradients that PyTorch computed in float64. */
import type { Tensor } from '../../engine/index.js';
import { type GoldenArray, type OpsCase, argumentsOf, functionsOf } from './cases.js';
import { type Result, compare } from './result.js';

/** One result a case; a gradient that is null in the file is zeros here. */
export function checkOps(golden: { readonly cases: readonly OpsCase[] }): Result[] {
  return golden.cases.map((item, number) => {
    const name = `${item.name} #${number} ${JSON.stringify(item.kwargs)}`;
    try {
      const problems = problemsOf(item);
      return { name, ok: problems.length === 0, detail: problems.join('; ') };
    } catch (error) {
      return { name, ok: false, detail: `threw ${String(error)}` };
    }
  });
}

function problemsOf(item: OpsCase): string[] {
  const problems: string[] = [];
  const check = (what: string, actual: Tensor, expected: GoldenArray | null, tolerance: number): void => {
    const wanted = expected ?? { shape: actual.shape, data: new Array<number>(actual.size).fill(0) };
    if (actual.shape.join() !== wanted.shape.join())
      problems.push(`${what}: shape [${actual.shape.join()}] instead of [${wanted.shape.join()}]`);
    const worst = compare(actual.toTypedArray(), wanted.data, tolerance);
    if (worst !== null)
      problems.push(
        `${what}[${worst.index}] = ${worst.actual} instead of ${worst.expected} (${worst.excess.toPrecision(3)} times the tolerance ${tolerance})`,
      );
  };
  const { value, gradient, second } = functionsOf(item);
  const given = argumentsOf(item, 'float64');
  check('output', value(given)[0], item.output, 1e-9);
  gradient(given).forEach((g, i) => {
    check(`grad ${i}`, g, item.grads[i], 1e-9);
  });
  if (item.direction !== null && item.second !== null)
    second(given).forEach((g, i) => {
      check(`second ${i}`, g, item.second![i], 1e-8);
    });
  return problems;
}
