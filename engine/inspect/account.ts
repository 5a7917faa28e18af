import type { Path } from '../core/tree.js';
import type { Signature } from '../ir/kernel.js';
import type { Graph } from './graph.js';
import type { TensorNumbers } from './numbers.js';

/** A cotangent, by its shape, its Euclidean norm and, if it is small, its numbers. */
export interface CotangentSummary extends TensorNumbers {
  readonly signature: Signature;
}

/** The VJP of one operation for one of its inputs. */
export interface BackwardContribution {
  /** The input of the operation that it is for, and the node of that input. */
  readonly input: number;
  readonly to: number;
  /**
   * What the VJP computes, as in `g * b`: `g` is the cotangent, `y` the operation's result, and `x` its input, or `a`, `b`, ... where
   * it has several.
   */
  readonly rule: string;
  /** The operations of the VJP; none if it passed the cotangent on unchanged. */
  readonly operations: readonly string[];
  readonly cotangent: CotangentSummary;
  /** Whether the node had a cotangent already, to which this one was added. */
  readonly added: boolean;
}

/** One node of the pass: its cotangent, now complete, is turned into cotangents of its inputs. */
export interface BackwardStage {
  readonly node: number;
  readonly operation: string;
  readonly cotangent: CotangentSummary;
  /** The cotangents of the operation's other results, which are pulled back together with this one. */
  readonly siblings: readonly { readonly node: number; readonly cotangent: CotangentSummary }[];
  readonly contributions: readonly BackwardContribution[];
}

export interface BackwardAccount {
  /** The forward pass, whose node numbers the account uses. */
  readonly graph: Graph;
  /** In the order of the pass, from the result to the arguments. */
  readonly stages: readonly BackwardStage[];
  /** Null for an argument that the pass did not reach. */
  readonly gradients: readonly { readonly path: Path; readonly gradient: CotangentSummary | null }[];
  /** The graph, then for each stage the cotangent and what became of it, in words and numbers. */
  toString(): string;
}
