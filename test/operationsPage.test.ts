import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './sources.js';

it('docs/operations.md is what scripts/operations.js writes from the code', () => {
  const { stderr, status } = spawnSync(process.execPath, [join(root, 'scripts/operations.js'), '--check'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
