/** Differences between two configurations, path by path. */
import { isBoolean, isPlainObject, requireKind } from '../../../engine/core/options.js';
import { jsonText } from '../../../engine/io/json.js';
import { requireStudy } from '../../studies/checkStudy.js';
import type { StudyConfig } from '../../studies/config.js';
import type { StudyDefinition } from '../../studies/study.js';
import { shortenedPair } from '../../text/shortenedPair.js';
import { configOf } from '../configuration/overrides.js';

/** An entry that differs; undefined where there is none. */
export interface Change {
  /** As in `claims.W1.margin`: entries of lists by their ids where they have some, else by their positions. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What differs between two values of JSON, in the order of their entries. */
export function changesBetween(
  before: unknown,
  after: unknown,
  path: readonly string[] = [],
): readonly Change[] {
  const [a, b] = [entriesOf(before), entriesOf(after)];
  if (a === undefined || a.isList !== b?.isList)
    return textOf(before) === textOf(after) ? [] : [{ path: path.join('.'), before, after }];
  const names = new Set([...a.entries.keys(), ...b.entries.keys()]);
  return [...names].flatMap((name) =>
    changesBetween(a.entries.get(name), b.entries.get(name), [...path, name]),
  );
}

/** The entries of an object by name, and those of a list of objects by id; undefined for any other value. */
function entriesOf(
  value: unknown,
): { readonly isList: boolean; readonly entries: ReadonlyMap<string, unknown> } | undefined {
  if (isPlainObject(value)) return { isList: false, entries: new Map(Object.entries(value)) };
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const ids = (value as readonly unknown[]).map((entry) => (isPlainObject(entry) ? entry.id : undefined));
  if (!ids.every((id) => typeof id === 'string') || new Set(ids).size < ids.length) return undefined;
  return { isList: true, entries: new Map(ids.map((id, i) => [id, (value as readonly unknown[])[i]])) };
}

const textOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? jsonText(value) : JSON.stringify(value);

/** A change in words, as in `claims.W1.margin is 0.05, and was 0.02`. */
export function changeText({ path, before, after }: Change): string {
  const [now, was] = shortenedPair(
    after === undefined ? 'missing' : textOf(after),
    before === undefined ? 'not there' : textOf(before),
    longest,
  );
  return `${path} is ${now}, and was ${was}`;
}

const longest = 80;

/**
 * What a run does otherwise than the preset of its study, the full one or that with the changes of the quick one.
 * @throws UsageError unless they are a study and a configuration.
 */
export function changesFromPreset(
  study: StudyDefinition,
  config: StudyConfig,
  quick: boolean,
): readonly Change[] {
  requireStudy('changesFromPreset', study);
  requireKind('changesFromPreset', 'quick', quick, isBoolean);
  const { full, quick: smaller } = study.presets;
  return changesBetween(
    plain(configOf(study.name, full, quick ? [smaller] : [])),
    plain(configOf('changesFromPreset', config, [])),
  );
}

/** As it is read from a file: without entries that are undefined. */
export const plain = (value: object): unknown => JSON.parse(jsonText(value));
