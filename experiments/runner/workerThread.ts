/** What a worker thread runs, one task at a time. It makes the study once, so that what programs compile is compiled once. */
import { recordingChoices } from './choices.js';
import { type Outcome, execute } from './execute.js';
import { findStudy } from './findStudy.js';
import { type Laboratory, openLaboratory } from './laboratory.js';
import type { Order } from './workers.js';

let laboratory: Promise<Laboratory> | undefined;

export default async function work({
  reference,
  config,
  backend,
  folder,
  task,
  found,
  port,
}: Order): Promise<Outcome> {
  laboratory ??= findStudy(reference).then((study) =>
    openLaboratory(
      study,
      config,
      recordingChoices(backend, () => folder),
    ),
  );
  return execute(await laboratory, folder, task, found, {
    epoch(place) {
      port.postMessage(place);
      return Promise.resolve();
    },
  });
}
