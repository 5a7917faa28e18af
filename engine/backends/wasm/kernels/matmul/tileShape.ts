import type { Features } from '../../assembler/features.js';
import type { Float } from '../../emit/vector.js';

/** The block of sums of products that stays in registers, in rows and columns. */
export interface TileShape {
  readonly rows: number;
  readonly columns: number;
  /** A panel of at most this many columns, half as many as usual, has tiles of twice as many rows. */
  readonly narrow: number;
}

/** The places of a panel of `width` columns. */
export const placesOf = ({ columns, narrow }: TileShape, width: number): number =>
  width <= narrow ? narrow : columns;

/**
 * The tile that fills sixteen registers beside a row of the second factor and a number of the first: 6 x 2 sums, or 4 x 2
 * where a product takes a register before it is added. Where V8 joins pairs of vectors, each of them is two vectors wide.
 */
export function tileShape({ relaxed, simd }: Features, { lanes }: Float): TileShape {
  const narrow = (simd / 128) * lanes;
  return { rows: relaxed ? 6 : 4, columns: 2 * narrow, narrow };
}
