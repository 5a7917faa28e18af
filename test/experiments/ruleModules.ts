/** Modules with a rule of a user's, in a folder of their own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { resolvedToSources } from '../sources.js';

export const folder = mkdtempSync(join(tmpdir(), 'metagrad-compare-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const beginning = `
  import { add, cast, div, mapTree, mul, neg, sub, sum, tensor } from 'metagrad';
  import { adam, defineRule, learnHypers, perParameter, positive, unit } from 'metagrad/optimizers';
  const plain = (changes = {}) =>
    defineRule({
      name: 'plain',
      hyper: { lr: positive(0.1) },
      init: () => ({}),
      update: ({ grads, hyper }) => ({ deltas: mapTree(grads, (grad) => neg(mul(hyper.lr, grad))), state: {} }),
      ...changes,
    });
`;

/** The path of a new module; `plain(changes)` in it is gradient descent with something changed. */
export function moduleOf(name: string, text: string): string {
  const path = join(folder, `${name}.js`);
  writeFileSync(path, resolvedToSources(beginning + text));
  return path;
}
