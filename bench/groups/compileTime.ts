import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { adamHyper, beginning, compiledStep, nameOf, problemOf, sizes } from '../problems.js';
import type { Row } from '../rows.js';
import { compiledMetaStep, metaBeginning, studies } from './meta.js';

const repetitions = 3;

/** The first call of compiled functions, each in a fresh process: trace, plan, emit, instantiate and run. */
export function compileTime(): Row[] {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  return [...sizes.map(nameOf), ...studies.map(({ name }) => name)].map((name) => {
    const times = Array.from({ length: repetitions }, () =>
      Number(execFileSync(process.execPath, [main, '--first-call', name], { encoding: 'utf8' })),
    );
    return { group: 'compileTime', name, lib: 'metagrad', value: Math.min(...times), unit: 'ms' };
  });
}

/** How many milliseconds the first call takes that has the name. */
export function firstCall(name: string): number {
  const size = sizes.find((one) => nameOf(one) === name);
  const study = studies.find((one) => one.name === name);
  const { params, loss, batch, validation } = problemOf(size ?? study!.size);
  const run =
    study === undefined
      ? (() => {
          const [compiled, start] = [compiledStep(loss), beginning(params)];
          return () => compiled(start, adamHyper, batch).loss;
        })()
      : (() => {
          const [compiled, start] = [compiledMetaStep(study, loss), metaBeginning(study, params)];
          return () => compiled(start, batch, validation).metaLoss;
        })();
  const begin = performance.now();
  run().item();
  return performance.now() - begin;
}
