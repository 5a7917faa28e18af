/** How a registered run is begun, continued as it was registered, and extended by seeds. */
import { join } from 'node:path';
import { UsageError } from '../../../engine/core/errors.js';
import { writeJson } from '../../text/json.js';
import type { StudyConfig } from '../../studies/config.js';
import { readStudies } from '../../tuning/index.js';
import { plain } from './changes.js';
import { jobsOf } from './jobs.js';
import { noteRunning, requireThisVersion } from './record.js';
import { readConfig } from './recordFiles.js';
import { type ExtensionEntry, registrationHash, withSeeds } from './registration.js';
import type { RunStore } from './runStore.js';
import { verified } from './verification.js';

/** Writes the registration of a run as the first line of its log; what the run is to do is in its `config.json`. */
export async function register(
  folder: string,
  store: RunStore,
  at = readConfig(folder).registration?.registeredAt,
): Promise<void> {
  const { registration, config } = readConfig(folder);
  if (registration === undefined || at === undefined) return;
  await store.append({
    kind: 'registration',
    ...registration,
    registeredAt: at,
    config: plain(config) as Readonly<Record<string, unknown>>,
  });
}

/**
 * The configuration with which a run is resumed: the registered one, with more seeds if they are given, which the log and
 * `config.json` then say. Nobody else may be writing to the folder.
 * @throws UsageError if the folder says anything else than what was registered, or if it has more seeds already.
 */
export async function continueRegistered(
  folder: string,
  store: RunStore,
  study: string,
  begun: StudyConfig,
  seeds = begun.seeds,
): Promise<StudyConfig> {
  const record = readConfig(folder);
  requireThisVersion(folder, record);
  const lines = await store.lines();
  const journals = await journalsOf(store, begun);
  const { conflicts, pending } = verified(folder, lines, journals);
  if (conflicts.length > 0)
    throw new UsageError(
      `resume: ${folder} is not what was registered before its first trial:\n  ${conflicts.join('\n  ')}\n` +
        'Restore what it was, or begin a new run.',
    );
  if (lines.length === 0) {
    const isNew = journals.length === 0;
    await register(folder, store, isNew ? undefined : new Date().toISOString());
  }
  // Not what was begun: another process may have added seeds since that was read.
  let config = record.config as StudyConfig;
  if (pending !== undefined) config = writeExtended(folder, study, config, pending);
  if (seeds < config.seeds && seeds !== begun.seeds)
    throw new UsageError(
      `resume: ${folder} has ${config.seeds} seeds, and a run keeps those that it has; give more than that by --seeds, or begin a new run.`,
    );
  if (seeds <= config.seeds) return config;
  if (record.registration === undefined)
    throw new UsageError(
      `resume: ${folder} was not registered before its first trial, so seeds that are added cannot be told apart; begin a new run.`,
    );
  const larger = withSeeds(config, seeds);
  const extension: ExtensionEntry = {
    kind: 'extension',
    ...{ seeds, searches: larger.searches, from: config.seeds },
    at: new Date().toISOString(),
    sha256: registrationHash(study, larger),
  };
  // First the log, which says it even if the process is killed before the other file.
  await store.append(extension);
  return writeExtended(folder, study, config, extension);
}

/**
 * Writes `config.json` with the seeds of an extension, and returns the configuration. Before that `summary.json` says that the run
 * goes on: of a complete one the added seeds would count as lost.
 */
function writeExtended(
  folder: string,
  study: string,
  config: StudyConfig,
  { seeds, searches }: ExtensionEntry,
): StudyConfig {
  const extended = { ...config, seeds, searches };
  const whole = readConfig(folder);
  noteRunning(folder, whole);
  const { registration, ...record } = whole;
  writeJson(join(folder, 'config.json'), {
    ...record,
    config: extended,
    ...(registration !== undefined && {
      registration: { ...registration, sha256: registrationHash(study, extended) },
    }),
  });
  return extended;
}

async function journalsOf(store: RunStore, config: StudyConfig) {
  const studies = [];
  for (const job of jobsOf(config, []))
    if (job.kind === 'search') studies.push(...(await readStudies(store.searchStorage(job))));
  return studies;
}
