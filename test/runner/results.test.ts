import { describe, expect, test } from 'vitest';
import { summarize } from '../../experiments/runner/results.js';
import { toyConfig, toyStudy } from './toyStudy.js';

describe('the summary of a run', () => {
  test('counts a figure of the program as written that is NaN as infinite', () => {
    const config = toyConfig();
    const replicated = [NaN, 7, NaN].map((seven, replica) => ({
      ...{ kind: 'replica' as const, program: 'constant', replica, seed: replica },
      ...{ figures: { seven }, series: {} },
    }));
    const asWritten = toyStudy().asWritten!(config, { compile: {} });
    const [result] = summarize(asWritten, { config, searches: [], trained: [], replicated }).asWritten;
    expect(result).toMatchObject({ values: [Infinity, 7, Infinity], median: Infinity });
    expect(result.referenceP).toBeGreaterThan(0);
  });
});
