/** Conversion of run folders of earlier formats to the present one. */
import { isPlainObject } from '../../../engine/core/options.js';
import { classificationMetrics } from '../../tasks/classification.js';
import { describeMetrics } from '../../tasks/task.js';

/**
 * The content of a `config.json` in the present format. Formats 1 and 2 have other names for reproductions and some measures, the
 * settings of the task beside the others, and no metrics: theirs are those of classifiers.
 */
export function upgradedRecord(content: unknown): unknown {
  if (!isPlainObject(content) || !isPlainObject(content.config)) return content;
  if (typeof content.format === 'number' && content.format >= 3) return content;
  const { replicas, claims, samples, sizes, ...config } = content.config;
  return {
    metrics: describeMetrics(classificationMetrics),
    ...content,
    config: {
      task: { ...(samples !== undefined && { samples }), ...(sizes !== undefined && { sizes }) },
      ...config,
      ...(replicas !== undefined && { reproductions: replicas }),
      ...(claims !== undefined && { claims: Array.isArray(claims) ? claims.map(upgradedClaim) : claims }),
    },
  };
}

function upgradedClaim(claim: unknown): unknown {
  if (!isPlainObject(claim)) return claim;
  const { asWritten, measure, ...others } = claim;
  return {
    ...others,
    ...(asWritten !== undefined && { reproductions: asWritten }),
    ...(measure !== undefined && { measure: upgradedMeasure(measure) }),
  };
}

function upgradedMeasure(measure: unknown): unknown {
  if (!isPlainObject(measure)) return measure;
  const { kind, loss: value, ...others } = measure;
  if (kind === 'epochsToLoss') return { kind: 'epochsTo', value, ...others };
  return kind === 'secondsToLoss' ? { kind: 'secondsTo', value, ...others } : measure;
}

/** A line of `finished.jsonl` in the present format; formats 1 and 2 call a reproduction a replica. */
export const upgradedEntry = (entry: unknown): unknown =>
  isPlainObject(entry) && entry.kind === 'replica' ? { ...entry, kind: 'reproduction' } : entry;
