import type { Node } from '../core/tensor.js';
import { type Control, plainParams, plansOf } from '../plan/trace/plan.js';

/** What an operation does, for printing. */
export interface Inside {
  readonly plans: readonly string[];
  /** The parameters beside the plans. */
  readonly params: unknown;
}

export function insideOf({ params }: Pick<Node, 'params'>): Inside {
  if (!isControl(params)) return { plans: [], params };
  return { plans: plansOf(params).map(String), params: plainParams(params) };
}

const kinds: readonly unknown[] = ['loop', 'choice', 'inline'] satisfies readonly Control['kind'][];

const isControl = (params: unknown): params is Control =>
  typeof params === 'object' && params !== null && 'kind' in params && kinds.includes(params.kind);
