/** A small run of warm-start, as a process: `node killProgram.js root|resume FOLDER WORKERS`. */
import { writeTables } from '../../experiments/runner/results/tables.js';
import { listenForInterrupt } from '../../experiments/runner/terminal/interrupt.js';
import { configOf } from '../../experiments/runner/configuration/overrides.js';
import { runStudy } from '../../experiments/runner/run.js';
import { warmStart } from '../../experiments/studies/warmStart/warmStart.js';

const [kind, folder, workers] = process.argv.slice(2);
const config = configOf('warm-start', warmStart.presets.full, [
  {
    ...{
      task: { samples: 200 },
      epochs: { tune: 2, final: 2 },
      trials: 12,
      searches: 2,
      seeds: 3,
      dataSeeds: true,
      reproductions: 0,
    },
    arms: Object.fromEntries(
      Object.keys(warmStart.presets.full.arms)
        .filter((arm) => !['cold', 'warm'].includes(arm))
        .map((arm) => [arm, null]),
    ),
    claims: warmStart.presets.full.claims.filter(
      ({ arm, against = [], checks = [] }) =>
        checks.length === 0 && [arm, ...against].every((name) => ['cold', 'warm'].includes(name)),
    ),
  },
]);
const { record, data } = await runStudy(warmStart, config, {
  place: kind === 'resume' ? { resume: folder } : { root: folder },
  interrupt: listenForInterrupt(),
  workers: Number(workers),
  quiet: true,
});
writeTables(record, data);
process.exit();
