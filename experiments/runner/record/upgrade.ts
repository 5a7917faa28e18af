/** Conversion of run folders of earlier formats to the present one. */
import { isPlainObject } from '../../../engine/core/options.js';
import { classificationMetrics } from '../../tasks/classification.js';
import { describeMetrics } from '../../tasks/task.js';
import { upgradedClaims } from './upgradeClaims.js';

/**
 * The content of a `config.json` in the present format, and `notes` on what of it has another meaning now. Formats 1 and 2 have
 * other names for reproductions and some measures, the settings of the task beside the others, and no metrics: theirs are those of
 * classifiers. Up to format 3 claims may have measures that are gone, and margins of 0.
 */
export function upgradedRecord(content: unknown): unknown {
  if (!isPlainObject(content) || !isPlainObject(content.config)) return content;
  const { format = 1 } = content;
  if (typeof format === 'number' && format >= 4) return content;
  const record = typeof format === 'number' && format < 3 ? fromFormat2(content, content.config) : content;
  const { claims, ...config } = record.config as Readonly<Record<string, unknown>>;
  if (!Array.isArray(claims)) return record;
  const notes: string[] = [];
  return { ...record, config: { ...config, claims: upgradedClaims(claims, config, notes) }, notes };
}

function fromFormat2(
  content: Readonly<Record<string, unknown>>,
  { replicas, samples, sizes, ...config }: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return {
    metrics: describeMetrics(classificationMetrics),
    ...content,
    config: {
      task: { ...(samples !== undefined && { samples }), ...(sizes !== undefined && { sizes }) },
      ...config,
      ...(replicas !== undefined && { reproductions: replicas }),
    },
  };
}

/** A line of `finished.jsonl` in the present format; formats 1 and 2 call a reproduction a replica. */
export const upgradedEntry = (entry: unknown): unknown =>
  isPlainObject(entry) && entry.kind === 'replica' ? { ...entry, kind: 'reproduction' } : entry;
