/** The toy study as a module, as `metagrad run FILE` loads it, with parameters to keep in checkpoints. */
import { tensor } from '../../engine/index.js';
import type { Program, StudyDefinition } from '../../experiments/studies/study.js';
import { toyStudy } from '../runner/toyStudy.js';

const study = toyStudy();

const keeping = (program: Program): Program =>
  function* (run) {
    yield* program(run);
    return { weight: tensor([run.seed % 1000, run.epochs]) };
  };

const toy: StudyDefinition = {
  ...study,
  programs: (config) =>
    Object.fromEntries(
      Object.entries(study.programs(config)).map(([name, program]) => [name, keeping(program)]),
    ),
};

export default toy;
