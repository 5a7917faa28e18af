/** What pictures and pages are made of, checked: objects with parts, lists of them, and parts that most of them have. */
import { requireList } from '../../../engine/core/arguments.js';
import { UsageError } from '../../../engine/core/errors.js';
import { suggestion } from '../../../engine/core/nearest.js';
import {
  describe,
  isFinite,
  isNumber,
  isOneOf,
  isPlainObject,
  isPositive,
  isText,
  kind,
  type Kinds,
  readOptions,
} from '../../../engine/core/options.js';
import type { OfStudy } from '../draw/arms.js';
import type { Axis } from '../draw/axes.js';
import type { ComparedArm } from './comparison.js';
import type { Figure, Heading } from '../draw/figure.js';
import type { Measurement, SeedValue } from './measurement.js';
import type { Reference } from '../draw/references.js';

/** The names of the parts that may be left out. */
type OptionalOf<Parts> = {
  [Name in keyof Parts]-?: undefined extends Parts[Name] ? Name : never;
}[keyof Parts];

/** Kinds of all parts; those that may be left out stand apart. */
export interface PartKinds<Parts> {
  readonly required: Kinds<Omit<Parts, OptionalOf<Parts>>>;
  readonly optional: Kinds<Pick<Parts, OptionalOf<Parts>>>;
}

/**
 * An object with all its parts.
 * @throws UsageError for anything else, naming the caller and the part, and the nearest one that exists for an unknown name.
 */
export function readParts<Parts extends object>(
  caller: string,
  given: unknown,
  { required, optional }: PartKinds<Parts>,
): Parts {
  if (!isPlainObject(given))
    throw new UsageError(
      `${caller}: takes an object with ${Object.keys(required).join(', ')}; got ${describe(given)}.`,
    );
  return readOptions<Parts>(caller, given, { ...required, ...optional } as Kinds<Parts>, {
    required: Object.keys(required) as (keyof Parts & string)[],
  });
}

/** A list of them, the part `name` of what the caller takes. */
export function readEach<Parts extends object>(
  caller: string,
  name: string,
  list: unknown,
  kinds: PartKinds<Parts>,
): void {
  requireList(`${caller}: ${name}`, list);
  (list as readonly unknown[]).forEach((one, i) => readParts(`${caller}: ${name}[${i}]`, one, kinds));
}

export const isObject = kind('an object', isPlainObject);
const listOf = (expected: string, accepts: (value: unknown) => boolean) =>
  kind(expected, (value) => Array.isArray(value) && value.every(accepts));
export const isTexts = listOf('a list of texts', (value) => typeof value === 'string');
/** NaN and the infinities among them. */
export const isNumbers = listOf('a list of numbers', (value) => typeof value === 'number');
/** Infinities among them, as of runs that diverged. */
export const isRankable = listOf(
  'a list of numbers other than NaN',
  (value) => typeof value === 'number' && !Number.isNaN(value),
);
const axisKinds: PartKinds<Axis> = {
  required: { title: isText },
  optional: { unit: isText, scale: isOneOf('linear', 'log', 'symlog'), linearBelow: isPositive },
};
export const readAxis = (caller: string, axis: unknown): Axis => readParts(caller, axis, axisKinds);

/** Of every picture. */
export const headingKinds: PartKinds<Heading> = {
  required: { title: isText },
  optional: { subtitle: isText },
};
export const studyKinds: PartKinds<OfStudy> = { required: {}, optional: { studyArms: isTexts } };

export const referenceKinds: PartKinds<Reference> = {
  required: { value: isFinite, label: isText },
  optional: {},
};
export const figureKinds: PartKinds<Figure> = { required: { title: isText, spec: isObject }, optional: {} };

export const comparedArmKinds: PartKinds<ComparedArm> = {
  required: { name: isText, point: isNumber, low: isNumber, high: isNumber, values: isNumbers },
  optional: {},
};

const seed = kind('an integer', Number.isInteger);
export const seedValueKinds: PartKinds<SeedValue & { readonly at?: number }> = {
  required: { arm: isText, seed, value: isNumber },
  optional: { at: isFinite },
};
export const measurementKinds: PartKinds<Measurement> = {
  required: { arm: isText, seed, value: isNumber, at: isFinite },
  optional: {},
};

/** @throws UsageError for a row of an arm that is not in the picture. */
export function checkArms(
  figure: string,
  arms: readonly string[],
  rows: readonly { readonly arm: string }[],
): void {
  const stranger = rows.find(({ arm }) => !arms.includes(arm))?.arm;
  if (stranger !== undefined)
    throw new UsageError(
      `${figure}: '${stranger}' is none of the arms.${suggestion(stranger, arms)} They are ${arms.join(', ')}.`,
    );
}
