/** Conversion of the claims of earlier formats: those that can no longer be evaluated are left out with a note. */
import { isPlainObject } from '../../../engine/core/options.js';

type Fields = Readonly<Record<string, unknown>>;

/** Stands for a margin of 0, which claims no longer have: smaller than any difference that is measured. */
const noMargin = 1e-12;

/** The claims in the present format; a note for each that is left out or has another meaning. */
export function upgradedClaims(
  claims: readonly unknown[],
  config: Fields,
  notes: string[],
): readonly unknown[] {
  const ids = new Set<unknown>();
  return claims.flatMap((claim) => {
    if (!isPlainObject(claim)) return [claim];
    const { asWritten, measure, margin, ...others } = claim;
    const { id } = others;
    const reason = ids.has(id) ? 'another claim has that name' : whyGone(claim, config);
    ids.add(id);
    if (reason !== undefined) {
      notes.push(`Claim ${String(id)} is left out: ${reason}.`);
      return [];
    }
    if (margin === 0)
      notes.push(
        `Claim ${String(id)} had a margin of 0, which is read as ${noMargin}: no difference is too small to matter.`,
      );
    if (isPlainObject(measure) && measure.kind === 'epochsToReach' && 'epoch' in measure)
      notes.push(
        `Claim ${String(id)} had the threshold of the pair's own seed; it is evaluated with that of the other seeds.`,
      );
    return [
      {
        ...others,
        ...(asWritten !== undefined && { reproductions: asWritten }),
        ...(measure !== undefined && { measure: upgradedMeasure(measure) }),
        margin: margin === 0 ? noMargin : margin,
      },
    ];
  });
}

/** Why a claim can no longer be evaluated; undefined if it can. */
function whyGone({ test, measure, arm, against }: Fields, { arms }: Fields): string | undefined {
  const others = Array.isArray(against) ? (against as unknown[]) : [];
  if (test === 'lowerThroughout') return 'its test, lowerThroughout, counted its own seeds twice and is gone';
  if (!isPlainObject(measure)) return undefined;
  const { kind } = measure;
  if (kind === 'secondsTo' || kind === 'secondsToLoss') return 'seconds are no longer judged';
  if (kind === 'logSpread') return 'its measure, logSpread, is gone';
  if (others.includes(arm) || new Set(others).size < others.length)
    return 'it compares an arm with itself, or twice with another';
  if (kind === 'area' || kind === 'logTuned' || !isPlainObject(arms)) return undefined;
  const named = [arm, ...others, measure.arm];
  const names = named.filter((name) => typeof name === 'string');
  const swept = names.find((name) => {
    const entry = Object.hasOwn(arms, name) ? arms[name] : undefined;
    return isPlainObject(entry) && entry.sweep !== undefined;
  });
  return swept === undefined ? undefined : `arm '${swept}' is swept, and its measure is of single trainings`;
}

function upgradedMeasure(measure: unknown): unknown {
  if (!isPlainObject(measure)) return measure;
  const { kind, loss, value = loss, epoch, ...others } = measure;
  if (kind === 'epochsToLoss' || (kind === 'epochsTo' && value !== undefined))
    return { kind: 'epochsTo', values: [value], ...others };
  return kind === 'epochsToReach' && epoch !== undefined ? { kind, epochs: [epoch], ...others } : measure;
}
