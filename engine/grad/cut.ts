import { noDependence } from '../core/siblings.js';
import { type Operation, isFlat } from '../core/tensor.js';

/** Why no gradient flows to an input of an operation, as errors show it; null where one flows, undefined without dependence. */
export function cutOf(
  { name, gradient }: Operation,
  params: unknown,
  input: number,
): string | null | undefined {
  const rule = gradient(input);
  if (!isFlat(rule)) return null;
  if (rule.flat === noDependence) return undefined;
  const why = (params as { why?: string } | undefined)?.why;
  return why === undefined ? `${name} (${rule.flat})` : `stopGradient('${why}')`;
}
