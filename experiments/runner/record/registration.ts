/**
 * The registration of a run before its first trial: a hash of the study's name and the whole configuration. It is in
 * `config.json`, with that configuration in the first line of the log, and in each journal, so that an edit shows.
 */
import { createHash } from 'node:crypto';
import { isPlainObject } from '../../../engine/core/options.js';
import type { StudyConfig } from '../../studies/config.js';
import { plain } from './changes.js';

/** In `config.json`. */
export interface Registration {
  readonly sha256: string;
  /** ISO 8601, UTC. */
  readonly registeredAt: string;
  /** SHA-256 of the module of the study and of the files that it imports by relative paths; none for a study of metagrad. */
  readonly module?: string;
}

/** The first line of the log: what the run was to do before it began. */
export interface RegistrationEntry extends Registration {
  readonly kind: 'registration';
  readonly config: Readonly<Record<string, unknown>>;
}

/** A line of the log: from here on the run has more seeds than it was registered with, added after results could be seen. */
export interface ExtensionEntry {
  readonly kind: 'extension';
  readonly seeds: number;
  readonly searches: number;
  /** The first of the added seeds. */
  readonly from: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Of the configuration with these seeds. */
  readonly sha256: string;
}

/** The user attribute of the study in each journal. */
export const registrationAttribute = 'metagrad:registration';

/** The SHA-256 of the canonical JSON of `{study, config}`, in hexadecimal digits. */
export const registrationHash = (study: string, config: object): string =>
  createHash('sha256')
    .update(canonical({ study, config: plain(config) }))
    .digest('hex');

/** JSON without spaces, the names of objects in the order of their UTF-16 units. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isPlainObject(value)) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

/** The configuration with more seeds, and with as many searches if it had one for each seed. */
export const withSeeds = <Config extends Pick<StudyConfig, 'seeds' | 'searches'>>(
  config: Config,
  seeds: number,
): Config => ({
  ...config,
  seeds,
  searches: config.searches >= config.seeds ? Math.max(config.searches, seeds) : config.searches,
});
