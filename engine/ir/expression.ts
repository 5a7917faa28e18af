/**
 * Scalar expressions: what a `map` kernel computes for one output element.
 * One operation in eager mode, a fused tree in a compiled plan.
 */

export type UnaryFunction =
  | 'neg'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'tanh'
  | 'sigmoid'
  | 'softplus'
  | 'sin'
  | 'cos'
  | 'atan'
  | 'erf'
  | 'floor'
  | 'sqrt';

export type BinaryFunction = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'lt' | 'eq' | 'pow';

export type ScalarExpression =
  /** The element of input number `index` at the output's coordinates. */
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: number }
  /** The output coordinate along `axis`. */
  | { readonly kind: 'coordinate'; readonly axis: number }
  | { readonly kind: 'unary'; readonly fn: UnaryFunction; readonly x: ScalarExpression }
  | {
      readonly kind: 'binary';
      readonly fn: BinaryFunction;
      readonly a: ScalarExpression;
      readonly b: ScalarExpression;
    }
  /** `condition !== 0 ? a : b` */
  | {
      readonly kind: 'select';
      readonly condition: ScalarExpression;
      readonly a: ScalarExpression;
      readonly b: ScalarExpression;
    };
