import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AdaptiveLrOptions,
  type Metrics,
  type PlateauOptions,
  adam,
  adaptiveLr,
  controlLr,
  reduceOnPlateau,
  trainer,
} from '../../optimizers/index.js';
import { batchesIn, loss, paramsIn } from './toy.js';

const golden = JSON.parse(
  readFileSync(new URL('../fixtures/optimizers/schedules.json', import.meta.url), 'utf8'),
) as {
  readonly plateau: readonly {
    readonly options: PlateauOptions;
    readonly metrics: readonly number[];
    readonly lr: readonly number[];
  }[];
};

describe('reduceOnPlateau', () => {
  it.each(golden.plateau)('cuts when PyTorch does: $options', ({ options, metrics, lr }) => {
    const controller = reduceOnPlateau(options);
    let state = controller.start(0.01);
    metrics.forEach((metric, i) => {
      expect(state.lr, `before measurement ${i}`).toBeCloseTo(lr[i], 15);
      state = controller.next(state, { loss: metric });
    });
    expect(new Set(lr).size).toBeGreaterThan(2);
  });

  it('refuses options that would never cut', () => {
    expect(() => reduceOnPlateau({ patience: NaN })).toThrow(
      /reduceOnPlateau: patience = NaN must be an integer/,
    );
    expect(() => reduceOnPlateau({ threshold: NaN })).toThrow(
      /reduceOnPlateau: threshold = NaN must be a num/,
    );
    expect(() => reduceOnPlateau({ cooldown: 1.5 })).toThrow(
      /reduceOnPlateau: cooldown = 1\.5 must be an integer/,
    );
  });

  it('takes the loss for what it is where it is negative', () => {
    const controller = reduceOnPlateau({ factor: 0.5, patience: 0 });
    const state = [-1, -2, -3].reduce((s, x) => controller.next(s, { loss: x }), controller.start(1));
    expect(state.lr).toBe(1);
  });
});

/** The decisions on a series of measurements. */
function decisions(options: AdaptiveLrOptions, metrics: readonly Metrics[], lr = 0.01) {
  const controller = adaptiveLr(options);
  let state = controller.start(lr);
  return metrics.map((measured) => {
    state = controller.next(state, measured);
    return state.decision!;
  });
}

const losses = (...values: readonly number[]): Metrics[] => values.map((value) => ({ loss: value }));
const actions = (options: AdaptiveLrOptions, metrics: readonly Metrics[], lr?: number): string[] =>
  decisions(options, metrics, lr).map(({ action }) => action);

describe('adaptiveLr', () => {
  const options = { raiseAfter: 3, raiseFactor: 1.5, patience: 2, cutFactor: 0.5, cooldown: 0 };

  it('raises after `raiseAfter` improvements in a row, and starts counting again', () => {
    const made = decisions(options, losses(1, 0.9, 0.8, 0.7, 0.6, 0.5));
    expect(made.map(({ action }) => action)).toEqual(['hold', 'hold', 'raise', 'hold', 'hold', 'raise']);
    expect(made[2]).toEqual({
      action: 'raise',
      from: 0.01,
      to: 0.015,
      reason: 'the loss fell 3 times in a row',
    });
    expect(made[5].to).toBeCloseTo(0.0225, 15);
    expect(actions(options, losses(1, 0.9, 0.9, 0.8, 0.7))).not.toContain('raise');
  });

  it('cuts on a plateau of the loss', () => {
    const made = decisions(options, losses(1, 1, 0.9999));
    expect(made.map(({ action }) => action)).toEqual(['hold', 'hold', 'cut']);
    expect(made[2].reason).toBe('2 measurements improved on neither loss nor accuracy');
    expect(made[2].to).toBe(0.005);
    expect(actions(options, losses(1, 1, 1, 1, 1))).toEqual(['hold', 'hold', 'cut', 'hold', 'cut']);
  });

  it('sees no plateau while the accuracy gets better', () => {
    const measured = [0.5, 0.6, 0.7, 0.8].map((accuracy) => ({ loss: 1, accuracy }));
    expect(actions(options, measured)).toEqual(['hold', 'hold', 'hold', 'hold']);
  });

  it('cuts at once when the loss rises, but not when the accuracy is the best so far', () => {
    const made = decisions(options, losses(1, 1.06));
    expect(made[1]).toMatchObject({ action: 'cut', reason: 'the loss rose from 1 to 1.06' });
    expect(actions(options, losses(1, 1.04))).toEqual(['hold', 'hold']);
    const confident = [
      { loss: 1, accuracy: 0.5 },
      { loss: 1.06, accuracy: 0.6 },
    ];
    expect(actions(options, confident)).toEqual(['hold', 'hold']);
  });

  it('decides nothing during the cooldown, and counts nothing', () => {
    const made = decisions({ ...options, cooldown: 2 }, losses(1, 2, 4, 8, 16));
    expect(made.map(({ action }) => action)).toEqual(['hold', 'cut', 'hold', 'hold', 'cut']);
    expect(made[2].reason).toBe('cooling down, measurement 1 of 2');
  });

  it('cuts when the loss is not a number, in the cooldown too', () => {
    const made = decisions({ ...options, cooldown: 3 }, losses(1, 2, NaN, Infinity));
    expect(made.map(({ action }) => action)).toEqual(['hold', 'cut', 'cut', 'cut']);
    expect(made[2].reason).toBe('the loss is NaN');
  });

  it('stays within its bounds and says so', () => {
    const up = decisions({ ...options, max: 0.012 }, losses(1, 0.9, 0.8, 0.7, 0.6, 0.5));
    expect(up.map(({ to }) => to)).toEqual([0.01, 0.01, 0.012, 0.012, 0.012, 0.012]);
    expect(up[5]).toMatchObject({
      action: 'hold',
      reason: expect.stringContaining('the maximum 0.012 is reached') as string,
    });
    const down = decisions({ ...options, min: 0.008 }, losses(1, 2, 4));
    expect(down.map(({ to }) => to)).toEqual([0.01, 0.008, 0.008]);
  });

  it('never raises, or never cuts, where its factor is 1', () => {
    const measured = losses(1, 0.9, 0.8, 0.7, 3, 3, 3, 3);
    expect(actions({ ...options, raiseFactor: 1 }, measured)).not.toContain('raise');
    expect(actions({ ...options, cutFactor: 1 }, measured)).not.toContain('cut');
  });

  it('keeps its word on any measurements', () => {
    const measurement = fc.record({
      loss: fc.oneof(fc.double({ min: 0, max: 10, noNaN: true }), fc.constant(NaN)),
      accuracy: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(measurement, { maxLength: 40 }),
        fc.integer({ min: 0, max: 3 }),
        (measured, cooldown) => {
          const bounds = { min: 1e-3, max: 0.05 };
          let last = -Infinity;
          decisions({ ...options, ...bounds, cooldown }, measured).forEach(
            ({ action, from, to, reason }, i) => {
              expect(to).toBeGreaterThanOrEqual(bounds.min);
              expect(to).toBeLessThanOrEqual(bounds.max);
              expect(Math.sign(to - from)).toBe({ raise: 1, hold: 0, cut: -1 }[action]);
              expect(reason).not.toBe('');
              if (action !== 'hold' && Number.isFinite(measured[i].loss))
                expect(i - last).toBeGreaterThan(cooldown);
              if (action !== 'hold') last = i;
            },
          );
        },
      ),
    );
  });

  it('goes on with accuracies after one that is NaN', () => {
    const measured = [0.5, NaN, 0.6, 0.7, 0.8].map((accuracy) => ({ loss: 1, accuracy }));
    expect(actions(options, measured)).toEqual(['hold', 'hold', 'hold', 'hold', 'hold']);
    const worse = [0.5, NaN, 0.5, 0.5].map((accuracy) => ({ loss: 1, accuracy }));
    expect(actions(options, worse)).toContain('cut');
  });

  it('refuses counts that are none', () => {
    expect(() => adaptiveLr({ patience: NaN })).toThrow(/adaptiveLr: patience = NaN must be an integer/);
    expect(() => adaptiveLr({ raiseAfter: -1 })).toThrow(/adaptiveLr: raiseAfter = -1 must be an integer/);
    expect(() => adaptiveLr({ rise: NaN })).toThrow(/adaptiveLr: rise = NaN must be a number, 0 or more/);
  });

  it('refuses factors that would do the opposite', () => {
    expect(() => adaptiveLr({ raiseFactor: 0.9 })).toThrow(/raiseFactor = 0\.9 must be at least 1/);
    expect(() => adaptiveLr({ min: 1, max: 0.1 })).toThrow(/min = 1 at most max = 0\.1/);
  });
});

describe('controlLr', () => {
  it('puts every decision to work, around any rule', () => {
    const training = trainer(adam(), paramsIn('float64'), {});
    const control = controlLr(training, adaptiveLr({ raiseAfter: 2, raiseFactor: 2, cooldown: 0 }), 0.01);
    expect(training.hyper.lr).toBe(0.01);
    for (const measured of losses(1, 0.9)) control.report(measured);
    expect(control.decisions.map(({ action }) => action)).toEqual(['hold', 'raise']);
    expect(training.hyper.lr).toBe(0.02);
    expect(control.lr).toBe(0.02);

    const other = trainer(adam(), paramsIn('float64'), { lr: 0.02 });
    const [batch] = batchesIn('float64', 0, 1);
    training.step((p) => loss(p, batch));
    other.step((p) => loss(p, batch));
    expect(training.params.layers[0].weight.toArray()).toEqual(other.params.layers[0].weight.toArray());
  });
});
