/** Run folders of earlier formats, as the present one has them. */
import { isPlainObject } from '../../../engine/core/options.js';

/** The content of a `config.json`: those of format 1 and 2 have other names for reproductions. */
export function upgradedRecord(content: unknown): unknown {
  if (!isPlainObject(content) || !isPlainObject(content.config)) return content;
  if (typeof content.format === 'number' && content.format >= 3) return content;
  const { replicas, claims, ...config } = content.config;
  return {
    ...content,
    config: {
      ...config,
      ...(replicas !== undefined && { reproductions: replicas }),
      ...(claims !== undefined && { claims: Array.isArray(claims) ? claims.map(upgradedClaim) : claims }),
    },
  };
}

function upgradedClaim(claim: unknown): unknown {
  if (!isPlainObject(claim) || !('asWritten' in claim)) return claim;
  const { asWritten, ...others } = claim;
  return { ...others, reproductions: asWritten };
}

/** A line of `finished.jsonl`: formats 1 and 2 call a reproduction a replica. */
export const upgradedEntry = (entry: unknown): unknown =>
  isPlainObject(entry) && entry.kind === 'replica' ? { ...entry, kind: 'reproduction' } : entry;
