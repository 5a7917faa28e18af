import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageInfo } from '../../../experiments/files/packageInfo.js';
import type { Check } from './command.js';
import { output } from './shell.js';

/** A test file of a user's. That the types are seen shows where they refuse something. */
const testFile = `import 'metagrad/vitest';
import { expect, test } from 'vitest';
const cube = { f: (x: number) => x ** 3, df: (x: number) => 3 * x ** 2 };
test('a gradient', () => {
  expect(cube).toHaveCorrectGradients([1.7]);
  expect({ ...cube, df: (x: number) => x ** 2 }).not.toHaveCorrectGradients([1.7]);
  // @ts-expect-error the argument is a number
  expect(() => expect(cube).toHaveCorrectGradients(['1.7'])).toThrow(/no argument holds a number/);
});
`;

/** The entry `metagrad/vitest` in a project that has vitest: its matcher in a run, and its types as compilers resolve them. */
export function vitestChecks(user: string): Check[] {
  const { root } = packageInfo();
  const tool = (path: string): string => join(root, 'node_modules', path);
  const folder = join(user, 'vitest');
  const prepare: Check = {
    name: 'vitest beside metagrad',
    run: () => {
      mkdirSync(folder);
      symlinkSync(tool('vitest'), join(user, 'node_modules/vitest'));
      writeFileSync(join(folder, 'gradient.test.ts'), testFile);
    },
  };
  const run: Check = {
    name: 'metagrad/vitest in a test',
    run: () => {
      const printed = output(folder, process.execPath, tool('vitest/vitest.mjs'), 'run', '--root', folder);
      if (!printed.includes('1 passed')) throw new Error(`it printed ${printed}`);
    },
  };
  const types = ['nodenext', 'bundler'].map((moduleResolution): Check => ({
    name: `types of metagrad/vitest under ${moduleResolution}`,
    run: () => {
      const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution;
      const strict = { strict: true, noEmit: true, target: 'es2022', lib: ['es2023'], types: [] };
      const compilerOptions = { ...strict, module, moduleResolution, skipLibCheck: true };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
      output(folder, process.execPath, tool('typescript/bin/tsc'), '-p', '.');
    },
  }));
  return [prepare, run, ...types];
}
