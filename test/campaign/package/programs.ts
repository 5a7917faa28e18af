import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageInfo } from '../../../experiments/files/packageInfo.js';
import type { Check } from './command.js';
import { output } from './shell.js';

/** For each entry, a program that uses it and prints one line. */
export const programs: Readonly<Record<string, { readonly code: string; readonly prints: string }>> = {
  metagrad: {
    code: `import { compile, grad, tensor, type Tensor } from 'metagrad';
const f = (x: Tensor) => x.mul(x).sum();
console.log(grad(f)(tensor([3])).item(), compile(grad(f))(tensor([4])).item());`,
    prints: '6 8',
  },
  'metagrad/nn': {
    code: `import { Generator, grad, tensor } from 'metagrad';
import { mlp, type MlpParams } from 'metagrad/nn';
const model = mlp({ sizes: [2, 3, 1] });
const params = model.init(new Generator(1));
const g = grad((p: MlpParams) => model.apply(p, tensor([[1, 2]])).sum())(params);
console.log(JSON.stringify(g.layers[1].bias.toArray()));`,
    prints: '[1]',
  },
  'metagrad/optimizers': {
    code: `import { tensor } from 'metagrad';
import { sgd, trainer } from 'metagrad/optimizers';
const training = trainer(sgd(), { x: tensor(1) }, { lr: 0.25 });
training.step(({ x }) => x.mul(x));
console.log(training.params.x.item());`,
    prints: '0.5',
  },
  'metagrad/data': {
    code: `import { readCsv } from 'metagrad/data';
const { x, classes } = readCsv('a,b\\n1,u\\n2,v\\n', { label: 'b' });
console.log(JSON.stringify([x.shape, classes]));`,
    prints: '[[2,1],["u","v"]]',
  },
  'metagrad/experiments': {
    code: `import { createStudy, gridSampler, studies } from 'metagrad/experiments';
const study = await createStudy({ name: 's', sampler: gridSampler({ x: [1, 2, 3] }) });
await study.optimize((trial) => trial.suggestFloat('x', 0, 4), { trials: 3 });
console.log(study.bestTrial.value, Array.isArray(studies));`,
    prints: '1 true',
  },
};

/** The program as JavaScript: the types are all on the imports. */
export const withoutTypes = (code: string): string =>
  code.replaceAll(/, type \w+/g, '').replaceAll(/\((\w+): \w+\)/g, '($1)');

export const fileName = (entry: string): string => entry.replace('/', '-');

export function expectLine(printed: string, expected: string): void {
  if (printed.trim() !== expected)
    throw new Error(`it printed ${JSON.stringify(printed.trim())} instead of '${expected}'`);
}

/** The entries as ES modules, and the command. */
export function moduleChecks(user: string): Check[] {
  const imports = Object.entries(programs).map(([entry, { code, prints }]) => ({
    name: `${entry} as an ES module`,
    run: () => {
      const file = join(user, `${fileName(entry)}.mjs`);
      writeFileSync(file, withoutTypes(code));
      expectLine(output(user, process.execPath, file), prints);
    },
  }));
  const list: Check = {
    name: 'metagrad list',
    run: () => {
      const printed = output(user, join(user, 'node_modules/.bin/metagrad'), 'list');
      if (!printed.includes('warm-start')) throw new Error(`it printed ${printed}`);
    },
  };
  return [...imports, list];
}

/** Strict types as users' compilers resolve them. */
export function typeChecks(user: string): Check[] {
  const resolutions = [
    { name: 'nodenext', module: 'nodenext', moduleResolution: 'nodenext' },
    { name: 'bundler', module: 'esnext', moduleResolution: 'bundler' },
  ];
  return resolutions.map(({ name, ...compilerOptions }) => ({
    name: `types under ${name}`,
    run: () => {
      const folder = join(user, `types-${name}`);
      mkdirSync(folder);
      const { root } = packageInfo();
      mkdirSync(join(folder, 'node_modules'));
      symlinkSync(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'));
      for (const [entry, { code }] of Object.entries(programs))
        writeFileSync(join(folder, `${fileName(entry)}.mts`), code);
      const strict = { strict: true, noEmit: true, target: 'es2022', lib: ['es2023'], types: ['node'] };
      const config = { compilerOptions: { ...strict, ...compilerOptions, skipLibCheck: true } };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
      output(folder, process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.');
    },
  }));
}
