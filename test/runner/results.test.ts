import { describe, expect, test } from 'vitest';
import { summarize } from '../../experiments/runner/results/results.js';
import { classificationMetrics } from '../../experiments/tasks/classification.js';
import { toyConfig, toyStudy } from './toyStudy.js';

describe('the summary of a run', () => {
  test('counts a figure of the program as written that is NaN as infinite', () => {
    const config = toyConfig();
    const outcomes = [NaN, 7, NaN].map((seven, reproduction) => ({
      ...{ kind: 'reproduction' as const, program: 'constant', reproduction, seed: reproduction },
      ...{ figures: { seven }, series: {} },
    }));
    const reproductions = toyStudy().reproductions!(config, { compile: {} });
    const [result] = summarize(reproductions, {
      ...{ config, metrics: classificationMetrics, searches: [] },
      trained: [],
      reproductions: outcomes,
      ...{ status: 'complete', seedsAddedFrom: null, registrationProblems: [] },
    }).reproductions;
    expect(result).toMatchObject({ values: [Infinity, 7, Infinity], median: Infinity });
    expect(result.referenceP).toBeGreaterThan(0);
  });
});
