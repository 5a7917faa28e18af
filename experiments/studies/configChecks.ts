/** Checks across the entries of a configuration: arms and claims that name one another. */
import type { z } from 'zod';
import { suggestion } from '../../engine/core/nearest.js';
import type { arm, searched } from './armConfig.js';
import { type claim, armsOfMeasure } from './claimConfig.js';

export type Fail = (path: (string | number)[], message: string) => void;

type Arm = z.output<typeof arm>;
type Claim = z.output<typeof claim>;

/** Arms by name; there may be none of a name. */
type Arms = Readonly<Partial<Record<string, Arm>>>;

interface Checked {
  readonly arms: Arms;
  readonly claims: readonly Claim[];
  readonly trials: number;
}

/** Reports arms that refer to no arm, to one that is not tuned, or to themselves, and `firstTrials` that there are not. */
export function checkArms({ arms, trials }: Checked, fail: Fail): void {
  const tuned = (name: string, path: (string | number)[]): void => {
    const other = armOf(arms, name);
    if (other === undefined) fail(path, unknown('arm', name, Object.keys(arms)));
    else if (!isTuned(other)) fail(path, `arm '${name}' is not tuned; give it a space`);
  };
  for (const [name, arm] of Object.entries(arms)) {
    const { tunedAs, firstTrials, uses } = arm!;
    if (tunedAs !== undefined) tuned(tunedAs, ['arms', name, 'tunedAs']);
    uses.forEach((used, i) => {
      tuned(used, ['arms', name, 'uses', i]);
    });
    if (firstTrials !== undefined && tunedAs === undefined)
      fail(['arms', name, 'firstTrials'], 'it is about the search of another arm; name that in `tunedAs`');
    if (firstTrials !== undefined && firstTrials > trials)
      fail(['arms', name, 'firstTrials'], `a search has ${trials} trials; write ${trials} at most`);
    if (tunedBefore(name, arms).has(name))
      fail(['arms', name], 'it waits for itself to be tuned; mend `uses` and `tunedAs`');
  }
}

/** All arms that must be tuned before this one. */
function tunedBefore(name: string, arms: Arms, before = new Set<string>()): ReadonlySet<string> {
  const { uses = [], tunedAs } = armOf(arms, name) ?? {};
  for (const other of tunedAs === undefined ? uses : [...uses, tunedAs])
    if (!before.has(other)) tunedBefore(other, arms, before.add(other));
  return before;
}

/** Reports claims that compare with nothing, or with what there is not, or by what their arms do not measure. */
export function checkClaims(config: Checked, fail: Fail): void {
  const { arms, claims } = config;
  const ids = claims.map(({ id }) => id);
  claims.forEach((claim, i) => {
    const at: Fail = (path, message) => {
      fail(['claims', i, ...path], message);
    };
    const requireArm = (name: string, path: (string | number)[]): void => {
      if (armOf(arms, name) === undefined) at(path, unknown('arm', name, Object.keys(arms)));
    };
    if (ids.indexOf(claim.id) < i)
      at(['id'], `another claim is called '${claim.id}' too; choose another name`);
    requireArm(claim.arm, ['arm']);
    claim.against.forEach((other, k) => {
      requireArm(other, ['against', k]);
    });
    for (const name of armsOfMeasure(claim.measure)) requireArm(name, ['measure', 'arm']);
    checkNames(claim, at);
    if (claim.against.length > 0 === (claim.value !== undefined))
      at(
        [claim.value === undefined ? 'against' : 'value'],
        claim.value === undefined
          ? 'there is nothing to compare with; name arms here, or give a number as `value`'
          : 'it is compared with arms or with a value; leave out `against` or `value`',
      );
    checkChecks(claim, claims, at);
    checkMeasure(claim, config, at);
  });
}

/** Reports what is named twice: an arm that is compared with itself, or a second time, counts as evidence that there is not. */
function checkNames({ arm, against, checks, measure }: Claim, at: Fail): void {
  const repeated = (names: readonly string[], key: string, known: readonly string[] = []): void => {
    names.forEach((name, k) => {
      if (known.includes(name)) at([key, k], `arm '${name}' is compared with itself; name another`);
      else if (names.indexOf(name) < k) at([key, k], `'${name}' is there twice; leave one out`);
    });
  };
  repeated(against, 'against', [arm]);
  repeated(checks, 'checks');
  if (measure.kind === 'epochsBetter' && measure.arm === arm)
    at(['measure', 'arm'], `arm '${arm}' is never better than itself; name another`);
}

/** Reports checks that are no claims, the claim itself, or claims that have checks of their own. */
function checkChecks({ id, checks }: Claim, claims: readonly Claim[], at: Fail): void {
  checks.forEach((name, k) => {
    const path = ['checks', k];
    const check = claims.find((other) => other.id === name);
    if (name === id) at(path, 'a claim cannot be a check of itself');
    else if (check === undefined)
      at(
        path,
        unknown(
          'claim',
          name,
          claims.map((other) => other.id).filter((other) => other !== id),
        ),
      );
    else if (check.checks.length > 0) at(path, `'${name}' has checks itself; a check has none`);
  });
}

/** Reports arms that do not have what the measure is taken from. */
function checkMeasure({ arm: claimed, against, measure }: Claim, { arms }: Checked, at: Fail): void {
  const problem = (message: string): void => {
    at(['measure'], message);
  };
  const { kind } = measure;
  const measured = [claimed, ...against].flatMap((name) => {
    const arm = armOf(arms, name);
    return arm === undefined ? [] : [{ name, arm }];
  });
  for (const { name, arm } of measured) {
    if (kind === 'logTuned') {
      if (!isPositive(arm.space[measure.parameter]))
        problem(
          `it is the logarithm of '${measure.parameter}', which arm '${name}' does not search among positive numbers`,
        );
    } else if (kind === 'area' || kind === 'excess') {
      if (arm.sweep === undefined) problem(`it is over a sweep, and arm '${name}' has none`);
    } else if (arm.sweep !== undefined)
      problem(`arm '${name}' is swept, and it is of single trainings; measure 'area' or 'excess'`);
  }
  for (const name of armsOfMeasure(measure))
    if (armOf(arms, name)?.sweep !== undefined)
      at(['measure', 'arm'], `arm '${name}' is swept, and its trainings have no common epochs; name another`);
  if (kind !== 'area') return;
  const { low = 0, high = Infinity } = measure;
  if (low >= high) problem(`low, ${low}, must be below high, ${high}`);
  else
    for (const { name, arm } of measured) {
      const { values } = arm.sweep ?? { values: [low, high] };
      if (values.some((value) => value <= 0))
        problem(
          `an area is over the logarithm of the swept values, and those of '${name}' are not all positive`,
        );
      const within = values.filter((value) => value >= low && value <= high);
      if (within.length < 2)
        problem(
          `an area needs 2 values of the sweep at least, and '${name}' has ${within.length} from ${low} to ${high}, of ${values.join(', ')}`,
        );
    }
}

const isTuned = ({ space }: Arm): boolean => Object.keys(space).length > 0;

/** Whether all values of a range are positive numbers. */
function isPositive(range: z.output<typeof searched> | undefined): boolean {
  if (range === undefined) return false;
  return 'choices' in range
    ? range.choices.every((choice) => typeof choice === 'number' && choice > 0)
    : range.low > 0;
}

function unknown(kind: 'arm' | 'claim', name: string, names: readonly string[]): string {
  const guess = suggestion(name, names);
  const all = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`;
  return `there is no ${kind} '${name}'; ${all}${guess === '' ? '' : `.${guess}`}`;
}

/** The arm of a name, if there is one; not a property of every object, such as `constructor`. */
const armOf = (arms: Arms, name: string) => (Object.hasOwn(arms, name) ? arms[name] : undefined);
