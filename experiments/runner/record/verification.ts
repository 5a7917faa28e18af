/** Whether what a run's folder says of its configuration is what was registered before its first trial. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isPlainObject } from '../../../engine/core/options.js';
import type { Direction, StudyRecord } from '../../tuning/index.js';
import { moduleHash } from '../../files/moduleHash.js';
import { moduleIn } from '../configuration/findStudy.js';
import { changeText, changesBetween } from './changes.js';
import { type ExtensionEntry, registrationAttribute, registrationHash } from './registration.js';
import type { LogLine } from './runLog.js';

/** What is known of a run's registration. */
export interface Verified {
  /** Edits of the configuration, and hashes that do not agree, in words; a run with any cannot be resumed. */
  readonly conflicts: readonly string[];
  /** What is odd without being an edit, in words. */
  readonly remarks: readonly string[];
  /** The first of the seeds that were added after results could be seen; null if there are none. */
  readonly seedsAddedFrom: number | null;
  /** An extension that is in the log and not yet in `config.json`, as a killed process leaves it. */
  readonly pending: ExtensionEntry | undefined;
}

/** The first format whose runs are registered. */
const registeredFormat = 4;

/** The parts of the study in a journal that depend on what was registered. */
type Journal = Pick<StudyRecord, 'name' | 'direction' | 'userAttributes' | 'trials'>;

/** Compares `config.json`, the log and the journals of a folder. Runs of earlier formats were not registered. */
export function verified(folder: string, lines: readonly LogLine[], journals: readonly Journal[]): Verified {
  const record = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Readonly<
    Record<string, unknown>
  >;
  const { format = 1, study, reference, config, registration, metrics } = record;
  const extensions = lines.filter((line) => line.kind === 'extension');
  if (typeof format !== 'number' || format < registeredFormat || !isPlainObject(config)) {
    const isRegistered = lines.some(({ kind }) => kind === 'registration' || kind === 'extension');
    return {
      conflicts: isRegistered
        ? [
            `config.json says format ${String(format)}, and the run was registered, as from ${registeredFormat} on`,
          ]
        : [],
      ...{ remarks: [], seedsAddedFrom: null, pending: undefined },
    };
  }
  const { sha256, registeredAt, module } = isPlainObject(registration) ? registration : {};
  const conflicts: string[] = [];
  const remarks: string[] = [];
  if (sha256 !== registrationHash(String(study), config))
    conflicts.push(
      sha256 === undefined
        ? 'config.json has no registration'
        : 'the hash in config.json is not that of its configuration',
    );
  const path = moduleIn(String(reference));
  if (path !== undefined && module !== undefined && moduleHash(path) !== module)
    conflicts.push(
      `${path}, or a file that it imports, was edited after the run began; what was measured until then is of the module as it was`,
    );
  const hashes = new Set<unknown>([sha256, ...extensions.map((extension) => extension.sha256)]);
  const seeds = Number(config.seeds);
  const pending = extensions.findLast((extension) => extension.seeds > seeds);
  if (lines.some((line) => line.kind === 'training' && line.seed >= seeds))
    conflicts.push(`finished.jsonl has trainings of seeds from ${seeds} on, which config.json leaves out`);
  const [first] = lines;
  if (lines.length === 0) {
    if (journals.length > 0) remarks.push('finished.jsonl is lost, and with it the registered configuration');
  } else if (first.kind !== 'registration')
    conflicts.push('finished.jsonl does not begin with the registration of the run');
  else {
    hashes.add(first.sha256);
    const applied = extensions.filter((extension) => extension.seeds <= seeds);
    const latest = applied.at(-1) ?? first.config;
    const registered = { ...first.config, seeds: latest.seeds, searches: latest.searches };
    const changes = changesBetween(registered, config);
    for (const change of changes) conflicts.push(`${changeText(change)} when the run was registered`);
    if (first.sha256 !== registrationHash(String(study), first.config))
      conflicts.push('the hash in finished.jsonl is not that of the configuration beside it');
    else if (changes.length + applied.length === 0 && first.sha256 !== sha256)
      conflicts.push('the hash in config.json is not that in finished.jsonl');
    conflicts.push(...brokenExtensions(String(study), first.config, extensions));
    if (module !== first.module)
      conflicts.push('the hash of the module in config.json is not that in finished.jsonl');
    if (registeredAt !== first.registeredAt)
      remarks.push(
        `finished.jsonl was begun again at ${first.registeredAt}, and the run was registered at ${String(registeredAt)}`,
      );
  }
  const others = journals.filter(
    ({ userAttributes, trials }) => trials.length > 0 && !hashes.has(hashIn(userAttributes)),
  );
  if (others.length > 0)
    conflicts.push(
      `searches were made under another registration: ${others.map(({ name }) => name).join(', ')}`,
    );
  const direction = directionIn(metrics);
  if (journals.some((journal) => journal.trials.length > 0 && journal.direction !== direction))
    conflicts.push('the metrics in config.json have another better side than the objective of the searches');
  const added = extensions.map(({ from }) => from).filter((from) => from < seeds);
  return {
    conflicts,
    remarks,
    seedsAddedFrom: added.length === 0 ? null : Math.min(...added),
    pending,
  };
}

/** Extensions that do not begin where the seeds before ended, or whose hash is not that of the configuration with their seeds. */
function brokenExtensions(
  study: string,
  registered: Readonly<Record<string, unknown>>,
  extensions: readonly ExtensionEntry[],
): readonly string[] {
  return extensions.flatMap(({ seeds, searches, from, sha256 }, i) => {
    const before = i === 0 ? registered.seeds : extensions[i - 1].seeds;
    const isSound = from === before && sha256 === registrationHash(study, { ...registered, seeds, searches });
    return isSound
      ? []
      : [`the extension to ${seeds} seeds in finished.jsonl is not one of what was registered`];
  });
}

/** The direction of searches for the objective, which is the first of the metrics. */
function directionIn(metrics: unknown): Direction {
  const [objective] = isPlainObject(metrics) ? Object.values(metrics) : [];
  return isPlainObject(objective) && objective.better === 'higher' ? 'maximize' : 'minimize';
}

const hashIn = (attributes: StudyRecord['userAttributes']): unknown =>
  Object.hasOwn(attributes, registrationAttribute) ? attributes[registrationAttribute] : undefined;
