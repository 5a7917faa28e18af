/** The toy study as a module, as `metagrad run FILE` loads it, with parameters to keep in checkpoints. */
import { tensor } from '../../engine/index.js';
import type { Program } from '../../experiments/studies/program.js';
import type { StudyDefinition } from '../../experiments/studies/study.js';
import { toyStudy } from '../runner/toyStudy.js';

const study = toyStudy();

const keeping = (program: Program): Program => ({
  ...program,
  *start(run, settings) {
    yield* program.start(run, settings);
    return { weight: tensor([run.seed % 1000, run.epochs]) };
  },
});

const toy: StudyDefinition = {
  ...study,
  programs: (...args) =>
    Object.fromEntries(
      Object.entries(study.programs(...args)).map(([name, program]) => [name, keeping(program)]),
    ),
};

export default toy;
