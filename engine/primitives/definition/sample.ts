/** What a primitive is tested at. */

/**
 * One input of a test: float64 numbers drawn from an interval clear of kinks, to which `diagonal` is added on the diagonal of
 * each matrix; or these int32 values.
 */
export type SampleInput =
  | {
      readonly shape: readonly number[];
      readonly between: readonly [number, number];
      readonly diagonal?: number;
    }
  | { readonly shape: readonly number[]; readonly integers: readonly number[] };

export interface Sample<Params> {
  readonly inputs: readonly SampleInput[];
  readonly params: Params;
}
