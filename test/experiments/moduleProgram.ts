/** Runs the study of a module in two worker threads, as a process: `node moduleProgram.js MODULE ROOT`. */
import { pathToFileURL } from 'node:url';
import { configOf } from '../../experiments/runner/configuration/overrides.js';
import { runStudy } from '../../experiments/runner/run.js';
import { listenForInterrupt } from '../../experiments/runner/terminal/interrupt.js';
import type { StudyDefinition } from '../../experiments/studies/study.js';

const [module, root] = process.argv.slice(2);
const { default: study } = (await import(pathToFileURL(module).href)) as {
  readonly default: StudyDefinition;
};
await runStudy(study, configOf(study.name, study.presets.full, []), {
  place: { root },
  interrupt: listenForInterrupt(),
  workers: 2,
  reference: module,
  quiet: true,
});
