import { describe, expect, it } from 'vitest';
import {
  type Batch,
  createStudy,
  memoryStorage,
  type Storage,
  StorageError,
  type Trial,
} from '../../experiments/tuning/index.js';
import { parabola } from './parabola.js';

describe('a storage', () => {
  it('holds a study that is continued, but not by mistake', async () => {
    const storage = memoryStorage();
    const study = await createStudy({ name: 'kept', storage, seed: 5, direction: 'maximize' });
    study.setUserAttribute('who', 'me');
    await study.optimize(parabola, { trials: 3 });
    await expect(createStudy({ name: 'kept', storage })).rejects.toThrow('exists, with 3 trials');
    const load = { name: 'kept', storage, loadIfExists: true };
    await expect(createStudy({ ...load, direction: 'minimize' })).rejects.toThrow(
      'is to maximize, not to minimize',
    );
    await expect(createStudy({ ...load, seed: 6 })).rejects.toThrow('has the seed 5, not 6');
    const again = await createStudy(load);
    expect(again).toMatchObject({ seed: 5, direction: 'maximize', userAttributes: { who: 'me' } });
    await again.optimize(parabola, { trials: 5 });
    expect(study.trials).toEqual(again.trials);
    expect(study.trials).toHaveLength(5);

    const whole = await createStudy({ name: 'whole', seed: 5, direction: 'maximize' });
    await whole.optimize(parabola, { trials: 5 });
    expect(again.trials.map((trial) => trial.params)).toEqual(whole.trials.map((trial) => trial.params));
  });

  it('gives several workers different trials within one budget', async () => {
    const storage = memoryStorage();
    const run = async () => {
      const study = await createStudy({ name: 'shared', storage, loadIfExists: true });
      const slow = async (trial: Trial) => {
        const value = parabola(trial);
        await new Promise((resolve) => setTimeout(resolve, 1 + (trial.number % 3)));
        return value;
      };
      await study.optimize(slow, { trials: 20 });
      return study;
    };
    const [study] = await Promise.all([run(), run(), run()]);
    expect(study.trials).toHaveLength(20);
    expect(new Set(study.trials.map((trial) => trial.worker)).size).toBe(3);
    expect(study.trials.every((trial) => trial.state === 'complete')).toBe(true);
  });

  it('may answer later: everything is written in order before a trial counts as told', async () => {
    const storage = slowly(memoryStorage());
    const study = await createStudy({ name: 'slow', storage, seed: 2 });
    await study.optimize(
      (trial) => {
        trial.report(0, 1);
        trial.setUserAttribute('note', trial.number);
        return parabola(trial);
      },
      { trials: 4 },
    );
    const fast = await createStudy({ name: 'fast', seed: 2 });
    await fast.optimize(parabola, { trials: 4 });
    expect(study.trials.map((trial) => trial.params)).toEqual(fast.trials.map((trial) => trial.params));
    expect(study.trials.map((trial) => trial.userAttributes.note)).toEqual([0, 1, 2, 3]);
  });

  it('that fails ends the study instead of failing its trials', async () => {
    const inner = memoryStorage();
    let room = 8;
    const full: Storage = {
      ...inner,
      transact(position, decide) {
        if (room-- === 0) throw new StorageError('no space left');
        return inner.transact(position, decide);
      },
    };
    const study = await createStudy({ name: 'full', storage: full });
    await expect(study.optimize(parabola, { trials: 9 })).rejects.toThrow('no space left');
    expect(study.trials.map((trial) => trial.state)).toEqual(['complete', 'running']);
  });
});

function slowly(inner: Storage): Storage {
  const later = async (answer: () => Batch | Promise<Batch>): Promise<Batch> => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return answer();
  };
  return {
    name: 'slow memory',
    read: (position) => later(() => inner.read(position)),
    transact: (position, decide) => later(() => inner.transact(position, decide)),
  };
}
