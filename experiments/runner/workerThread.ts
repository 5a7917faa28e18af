/** The program of a worker thread, one job at a time. It makes the study once, so that what programs compile is compiled once. */
import { threadProgram } from '../threads/pool.js';
import { findStudy, requireModule } from './configuration/findStudy.js';
import { type Outcome, execute } from './execute.js';
import { type OpenStudy, openStudy } from './openStudy.js';
import { notingChoices } from './record/choices.js';
import { openStore } from './record/folderStore.js';
import type { RunStore } from './record/runStore.js';
import type { Order, Thrown } from './workers.js';

let opening: Promise<readonly [OpenStudy, RunStore]> | undefined;

async function open({
  reference,
  moduleHash,
  config,
  backend,
  store: address,
}: Order): Promise<readonly [OpenStudy, RunStore]> {
  const study = await findStudy(reference);
  requireModule(reference, moduleHash);
  const store = openStore(address);
  return [
    openStudy(
      study,
      config,
      notingChoices(backend, () => store),
    ),
    store,
  ];
}

export default threadProgram<Order, Outcome | Thrown>(async (order, link) => {
  try {
    const [opened, store] = await (opening ??= open(order));
    return await execute(opened, store, order.job, order.tuned, {
      epoch(place) {
        link.tell(place);
        return Promise.resolve();
      },
    });
  } catch (thrown) {
    return { thrown };
  }
});
