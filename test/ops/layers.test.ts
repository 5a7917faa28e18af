import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { OpsCase } from '../golden/cases.js';
import { checkOps } from '../golden/ops.js';

/** What PyTorch computed in float64 (test/fixtures/ops/make.py). */
const golden = JSON.parse(readFileSync(new URL('../fixtures/ops/layers.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly OpsCase[];
};

describe('values, gradients and second-order gradients are those of PyTorch', () => {
  it.each(checkOps(golden))('$name', ({ detail }) => {
    expect(detail).toBe('');
  });
});
