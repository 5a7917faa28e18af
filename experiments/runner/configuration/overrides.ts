/** Overrides in a user's YAML file, with errors that name the line. */
import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { UsageError } from '../../../engine/core/errors.js';
import { isPlainObject, isText, kind, requireKind } from '../../../engine/core/options.js';
import { type Overrides, type StudyConfig, merge, studyConfig } from '../../studies/config.js';
import { problemsOf } from '../../studies/problems.js';

/** A part of a configuration, and the places of its entries in the file. */
export interface OverridesFile {
  readonly values: Overrides;
  /** `file.yaml:3:7`, the place of the entry at a path, or of the nearest entry around it. */
  readonly placeOf: (path: readonly PropertyKey[]) => string | undefined;
}

/** Reads a YAML (or JSON) file of overrides. Throws a UsageError with line and column for any other file. */
export function readOverrides(file: string): OverridesFile {
  requireKind('readOverrides', 'file', file, isText);
  const lines = new LineCounter();
  const document = parsed(file, lines);
  const [problem] = document.errors;
  if (document.errors.length > 0) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new UsageError(`${file}:${line}:${col}: ${problem.message.replace(/[.:]?$/, '.')} Mend the file.`);
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

/** The limit of characters, more than any configuration has: the search for duplicate keys takes quadratic time. */
const longest = 2 ** 18;

/** The limit of nested levels, more than any configuration has. */
const deepest = 100;

const tooDeep = (file: string, cause?: unknown): UsageError =>
  new UsageError(`${file}: values are nested more than ${deepest} levels deep; write fewer levels.`, {
    cause,
  });

/** The document of a file. Throws a UsageError for a file so deep that the parser, which is recursive, overflows the stack. */
function parsed(file: string, lineCounter: LineCounter): Document {
  const text = readText(file);
  if (text.length > longest)
    throw new UsageError(
      `${file}: ${text.length} characters are more than a configuration can have, ${longest}; give the path of a YAML file.`,
    );
  let document: Document;
  try {
    // Pretty errors quote the line each time: with one long line of mistakes, quadratic time.
    document = parseDocument(text, { lineCounter, prettyErrors: false });
  } catch (cause) {
    throw tooDeep(file, cause);
  }
  // The parser reports some overflows as errors of the text.
  if (document.errors.some(({ message }) => message.includes('call stack'))) throw tooDeep(file);
  return document;
}

function depthOf(value: unknown): number {
  let level: readonly unknown[] = [value];
  for (let depth = 0; ; depth++) {
    level = level.flatMap((node) =>
      typeof node === 'object' && node !== null ? (Object.values(node) as unknown[]) : [],
    );
    if (level.length === 0 || depth > deepest) return depth;
  }
}

/** The content of a document. Throws a UsageError for aliases that contain themselves or expand beyond all memory. */
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

/** Where the value at a path begins, or at the longest part of the path that the file has. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: readonly number[] } | undefined;
    if (node?.range !== undefined) return node.range[0];
  }
  return undefined;
}

/**
 * The checked configuration: a preset with overrides from files and options, later ones over earlier ones. Throws a UsageError
 * that lists every mistake with its path, and its line in the file.
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
  const lineOf = (path: readonly PropertyKey[], message: string): string => {
    const place = file?.placeOf(path);
    return `${place === undefined ? '' : `${place} `}${path.join('.')}: ${message}`;
  };
  const problems = problemsOf(studyConfig, input, error?.issues ?? []).map(({ path, message }) =>
    lineOf(path, message),
  );
  problems.push(...forbidden.map((path) => lineOf(path, "'__proto__' is no name; choose another")));
  throw new UsageError(`${study}: the configuration is wrong; mend it.\n  ${problems.join('\n  ')}`);
}

const isObjects = (value: unknown): boolean => Array.isArray(value) && value.every(isPlainObject);

/** The paths of entries with the name `__proto__`, which Zod drops silently. */
function pathsOfProto(node: unknown): readonly (readonly string[])[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, child]) =>
    key === '__proto__' ? [[key]] : pathsOfProto(child).map((path) => [key, ...path]),
  );
}
