/** What a worker thread runs, one job at a time. It makes the study once, so that what programs compile is compiled once. */
import { recordingChoices } from './record/choices.js';
import { type Outcome, execute } from './execute.js';
import { findStudy } from './configuration/findStudy.js';
import { type OpenStudy, openStudy } from './openStudy.js';
import type { Order } from './workers.js';

let opened: Promise<OpenStudy> | undefined;

export default async function work({
  reference,
  config,
  backend,
  folder,
  job,
  found,
  port,
}: Order): Promise<Outcome> {
  opened ??= findStudy(reference).then((study) =>
    openStudy(
      study,
      config,
      recordingChoices(backend, () => folder),
    ),
  );
  return execute(await opened, folder, job, found, {
    epoch(place) {
      port.postMessage(place);
      return Promise.resolve();
    },
  });
}
