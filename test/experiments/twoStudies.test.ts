/** Two runs in one process: each records the backend that it was asked for, and everything it compiles runs there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type BackendOptions, type Tensor, compile, tensor } from '../../engine/index.js';
import { program } from '../../experiments/studies/program.js';
import { executedBy } from '../../experiments/runner/record/record.js';
import { runStudy } from '../../experiments/runner/run.js';
import type { StudyDefinition } from '../../experiments/studies/study.js';
import { interruptAt, toyConfig, toyStudy } from '../runner/toyStudy.js';

const root = mkdtempSync(join(tmpdir(), 'metagrad-two-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

const backends = ['cpu', 'wasm'] as const;

/** The toy study, whose programs note where what they compile runs, early and late in each training. */
function noting(): { readonly study: StudyDefinition; readonly seen: Set<string> } {
  const seen = new Set<string>();
  const study: StudyDefinition = {
    ...toyStudy(),
    programs: (_, context) => ({
      parabola: program(z.strictObject({ lr: z.number() }), function* ({ epochs }, { lr }) {
        const early = compile((x: Tensor) => x.square(), context.compile);
        for (let epoch = 0; epoch < epochs; epoch++) {
          const late = compile((x: Tensor) => x.add(1), context.compile);
          const loss = late(early(tensor(Math.log10(lr) + 3))).item();
          for (const { plans } of [early, late]) for (const { backend } of plans) seen.add(backend);
          yield { trainLoss: loss, loss, accuracy: 1 };
        }
        return undefined;
      }),
    }),
  };
  return { study, seen };
}

const config = toyConfig({
  ...{ trials: 2, searches: 1, seeds: 2, reproductions: 0, claims: [] },
  arms: { follower: null, halved: null, swept: null },
});

const run = async (backend: (typeof backends)[number]) => {
  const { study, seen } = noting();
  const asked: BackendOptions = { backend };
  const { record } = await runStudy(study, config, {
    ...{ place: { root }, interrupt: interruptAt(), quiet: true, compile: asked },
  });
  return { recorded: record.config.backend, seen: [...seen] };
};

const expected = backends.map((backend) => ({
  recorded: { asked: { backend }, ran: executedBy({ backend }).ran },
  seen: [backend],
}));

test('at the same time', async () => {
  expect(await Promise.all(backends.map(run))).toEqual(expected);
});

test('one after the other', async () => {
  const runs = [];
  for (const backend of backends) runs.push(await run(backend));
  expect(runs).toEqual(expected);
});
