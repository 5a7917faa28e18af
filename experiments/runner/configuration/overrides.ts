/** What a user's YAML file says otherwise, with errors that name the line. */
import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { UsageError } from '../../../engine/core/errors.js';
import { isPlainObject, isText, kind, requireKind } from '../../../engine/core/options.js';
import { type Overrides, type StudyConfig, merge, studyConfig } from '../../studies/config.js';
import { problemsOf } from '../../studies/problems.js';

/** A part of a configuration, and where in a file its entries stand. */
export interface OverridesFile {
  readonly values: Overrides;
  /** `file.yaml:3:7`, of the entry at a path or of what holds it. */
  readonly placeOf: (path: readonly PropertyKey[]) => string | undefined;
}

/** Reads a YAML (or JSON) file of overrides. Throws a UsageError with line and column for a file that is none. */
export function readOverrides(file: string): OverridesFile {
  requireKind('readOverrides', 'file', file, isText);
  const lines = new LineCounter();
  const document = parsed(file, lines);
  const [problem] = document.errors;
  if (document.errors.length > 0) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new UsageError(`${file}:${line}:${col}: ${problem.message.split('\n')[0]} Mend the file.`);
  }
  const values = contentOf(file, document);
  if (typeof values !== 'object' || Array.isArray(values))
    throw new UsageError(
      `${file}:1:1: the file must hold names with values, as in \`seeds: 10\`, not ${Array.isArray(values) ? 'a list' : 'a single value'}.`,
    );
  return {
    values: values as Overrides,
    placeOf(path) {
      const offset = offsetOf(document, path);
      if (offset === undefined) return undefined;
      const { line, col } = lines.linePos(offset);
      return `${file}:${line}:${col}`;
    },
  };
}

/** Longer than any configuration is; the time to find keys that are there twice grows with the square of the length. */
const longest = 2 ** 18;

/** Deeper than any configuration is. */
const deepest = 100;

const tooDeep = (file: string, cause?: unknown): UsageError =>
  new UsageError(`${file}: values are nested more than ${deepest} levels deep; write fewer levels.`, {
    cause,
  });

/** The parser calls itself for each level, and has no stack for some thousands of them. */
function parsed(file: string, lineCounter: LineCounter): Document {
  const text = readText(file);
  if (text.length > longest)
    throw new UsageError(
      `${file}: ${text.length} characters are more than a configuration can have, ${longest}; give the path of a YAML file.`,
    );
  let document: Document;
  try {
    document = parseDocument(text, { lineCounter });
  } catch (cause) {
    throw tooDeep(file, cause);
  }
  // It takes some of these for errors of the text.
  if (document.errors.some(({ message }) => message.includes('call stack'))) throw tooDeep(file);
  return document;
}

function depthOf(value: unknown): number {
  let level: readonly unknown[] = [value];
  for (let depth = 0; ; depth++) {
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? (Object.values(one) as unknown[]) : [],
    );
    if (level.length === 0 || depth > deepest) return depth;
  }
}

/** Its content; an alias that stands for itself, or for more than there is memory, makes the parser throw. */
function contentOf(file: string, document: Document): unknown {
  let content: unknown;
  try {
    content = document.toJS() ?? {};
  } catch (cause) {
    throw new UsageError(`${file}: ${String(cause)}; write out what the aliases stand for.`, { cause });
  }
  if (depthOf(content) > deepest) throw tooDeep(file);
  return content;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file}: cannot be read (${String(cause)}); give the path of a YAML file.`, {
      cause,
    });
  }
}

/** Where the value at the path begins; at the longest part of the path that the file has. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: readonly number[] } | undefined;
    if (node?.range !== undefined) return node.range[0];
  }
  return undefined;
}

/**
 * The checked configuration: a preset with what files and options say otherwise, later ones over earlier ones. Throws a
 * UsageError with all that is wrong: what, at which path, with the line of the file that says it.
 */
export function configOf(
  study: string,
  preset: unknown,
  changes: readonly Overrides[],
  file?: OverridesFile,
): StudyConfig {
  requireKind('configOf', 'the name of the study', study, isText);
  requireKind('configOf', 'the preset', preset, kind('a configuration, an object', isPlainObject));
  requireKind('configOf', 'the changes', changes, kind('a list of objects', isObjects));
  const input = changes.reduce<unknown>(merge, preset);
  const { success, data, error } = studyConfig.safeParse(input);
  const forbidden = pathsOfProto(input);
  if (success && forbidden.length === 0) return data;
  const told = (path: readonly PropertyKey[], message: string): string => {
    const place = file?.placeOf(path);
    return `${place === undefined ? '' : `${place} `}${path.join('.')}: ${message}`;
  };
  const problems = problemsOf(studyConfig, error?.issues ?? []).map(({ path, message }) =>
    told(path, message),
  );
  problems.push(...forbidden.map((path) => told(path, "'__proto__' is no name; choose another")));
  throw new UsageError(`${study}: the configuration is wrong; mend it.\n  ${problems.join('\n  ')}`);
}

const isObjects = (value: unknown): boolean => Array.isArray(value) && value.every(isPlainObject);

/** Where somebody named something `__proto__`, which Zod leaves out without a word. */
function pathsOfProto(node: unknown): readonly (readonly string[])[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, child]) =>
    key === '__proto__' ? [[key]] : pathsOfProto(child).map((path) => [key, ...path]),
  );
}
