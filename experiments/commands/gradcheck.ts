import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { gradcheck } from '../../engine/check/gradcheck.js';
import { type SampleCase, functionOf, sampleCases } from '../../engine/check/samples.js';
import { isFlat } from '../../engine/core/tensor.js';
import { suggestion } from '../../engine/core/nearest.js';
import { primitives } from '../../engine/primitives/index.js';
import type { Cell } from '../report/tables/table.js';
import { formatTable } from '../report/tables/terminal.js';

/** `metagrad gradcheck [PRIMITIVE...]`: every gradient rule against differences; exit code 1 if one is wrong. */
export function addGradcheckCommand(program: Command, exitWith: (code: number) => void): void {
  program
    .command('gradcheck')
    .description(
      'Check the derivatives of the primitives, of first and higher order, against finite differences in float64.',
    )
    .argument('[primitive...]', 'names of primitives (default: all)', primitiveNamed, [] as readonly string[])
    .option('--order <n>', 'the highest order of differentiation', orderOf, 3)
    .action((names, { order }) => {
      const cases = sampleCases().filter(
        ({ primitive }) => names.length === 0 || names.includes(primitive.name),
      );
      const results = cases.map((sample) => check(sample, order));
      console.log(
        formatTable(
          ['sample', 'derivatives', 'error / tolerance', 'verdict'],
          results.map(({ row }) => row),
        ),
      );
      const wrong = results.filter(({ problem }) => problem !== '');
      for (const { problem } of wrong) console.log(`\n${problem}`);
      console.log(`\n${results.length - wrong.length} passed, ${wrong.length} failed`);
      if (wrong.length > 0) exitWith(1);
    });
}

function check(
  sample: SampleCase,
  order: number,
): { readonly row: readonly Cell[]; readonly problem: string } {
  const { f, args } = functionOf(sample);
  const flat = sample.inputs.every((_, i) => isFlat(sample.primitive.gradient(i)));
  if (flat) return { row: [sample.name, 0, null, 'flat, no gradient'], problem: '' };
  const report = gradcheck(f, args, { order });
  const verdict = report.ok ? `right to order ${order}` : 'WRONG';
  return {
    row: [sample.name, report.compared, report.worst, verdict],
    problem: report.ok ? '' : `${sample.name}: ${report.toString()}`,
  };
}

function primitiveNamed(name: string, before: readonly string[]): readonly string[] {
  if (!primitives.has(name))
    throw new InvalidArgumentError(
      `There is no primitive '${name}'; they are ${[...primitives.keys()].join(', ')}.${suggestion(name, [...primitives.keys()])}`,
    );
  return [...before, name];
}

function orderOf(text: string): number {
  const order = Number(text);
  if (!Number.isInteger(order) || order < 1 || order > 4)
    throw new InvalidArgumentError('It must be 1, 2, 3 or 4.');
  return order;
}
