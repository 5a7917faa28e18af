/** Functions of whole rows of float64, from one address to another, in blocks of four numbers. */
import type { Body, Local, Pushed } from '../../assembler/encoder.js';
import { type Context, type Kernel, addressesOf } from '../../emit/context.js';
import { advance, plus } from '../../emit/loops.js';
import { type Vectors, float64, vectors } from '../../emit/vector.js';

/** The bytes of a block: two vectors, or one of 256 bits. Rows are padded to whole blocks, and begin at multiples of it. */
export const blockBytes = 32;

export const bytesOfRow = (columns: number): number => Math.ceil((columns * 8) / blockBytes) * blockBytes;

/** Where the block begins that holds an element. */
export const blockOf = (f: Body, element: Local): Pushed =>
  f.op('i32.and', f.get(element), f.i32(-blockBytes));

/** Runs `body` for each address from `at` on in steps of `step`, before `end`. Other cursors move by steps of their own. */
export function walk(
  f: Body,
  at: Local,
  step: number,
  end: Local,
  body: () => void,
  others: readonly (readonly [cursor: Local, step: number])[] = [],
): void {
  const goesOn = (): Pushed => f.op('i32.ne', f.get(at), f.get(end));
  f.when(goesOn(), () => {
    f.loop((again) => {
      f.forgetting(body);
      for (const [cursor, by] of [[at, step] as const, ...others]) advance(f, cursor, by);
      f.branchIf(again, goesOn());
    });
  });
}

/** `(to, from, end, factor)`: subtracts `factor` times one row from another, which ends at `end`; `factor` is an address. */
export const subtractRow = (context: Context): Kernel =>
  rowFunction(context, 'subtract', 4, (v, [to, from, , factor], each) => {
    const scale = v.keep(v.f.load('v128.load64_splat', v.f.get(factor)));
    each([to, from], (offset) => {
      const rest = v.sub(
        v.f.load('v128.load', v.get(to), offset),
        // Rounded twice, as on the cpu backend: with one rounding, other matrices would be singular.
        v.mul(v.get(scale), v.f.load('v128.load', v.get(from), offset)),
      );
      return [[to, v.keep(rest)]];
    });
  });

/** `(row, divisor, end)`: divides a row by the number at an address. */
export const divideRow = (context: Context): Kernel =>
  rowFunction(context, 'divide', 3, (v, [row, divisor], each) => {
    const by = v.keep(v.f.load('v128.load64_splat', v.f.get(divisor)));
    each([row], (offset) => [[row, v.keep(v.div(v.f.load('v128.load', v.get(row), offset), v.get(by)))]]);
  });

/** `(a, b, end of a)`: exchanges two rows. */
export const exchangeRows = (context: Context): Kernel =>
  rowFunction(context, 'exchange', 3, (v, [a, b], each) => {
    each([a, b], (offset) => {
      const [first, second] = [a, b].map((row) => v.keep(v.f.load('v128.load', v.get(row), offset)));
      return [
        [a, second],
        [b, first],
      ];
    });
  });

/** Where a vector is stored. */
type Stores = readonly (readonly [row: Local, vector: Local])[];

/**
 * The loop over blocks: what `block` computes of each vector is stored once both are known, so that V8 can join them. The
 * third parameter is the end of the first row.
 */
type EachBlock = (rows: readonly Local[], block: (offset: number) => Stores) => void;

function rowFunction(
  context: Context,
  name: string,
  params: number,
  emit: (v: Vectors, params: readonly Local[], each: EachBlock) => void,
): Kernel {
  return context.kernel(`linalg row ${name}`, () => ({
    index: context.module.function(addressesOf(params), (f, ...locals) => {
      const v = vectors(f, context.features, float64);
      emit(v, locals, (rows, block) => {
        f.loop((again) => {
          f.forgetting(() => {
            const stores = [0, 16].map((offset) => ({ offset, values: block(offset) }));
            for (const at of stores[0].values.keys())
              for (const { offset, values } of stores) {
                const [row, vector] = values[at];
                f.store('v128.store', f.get(row), f.get(vector), offset);
              }
          });
          for (const row of rows) f.set(row, plus(f, row, blockBytes));
          f.branchIf(again, f.op('i32.ne', f.get(locals[0]), f.get(locals[2])));
        });
      });
    }),
    scratch: 0,
  }));
}
