import { toTypedArray } from '../../ir/array.js';
import { UsageError } from '../../core/errors.js';
import { formatShape } from '../../core/shape.js';
import { contiguousStrides } from '../../ir/layout.js';
import { Tensor, concrete, liveScopes } from '../../core/tensor.js';
import { mapTree } from '../../core/tree.js';
import type { Strided, TypedArray } from '../../ir/kernel.js';
import type { Operand } from '../../ir/plan.js';
import type { Executable } from '../../backends/executable.js';

/**
 * The value of a tensor that a compiled function returned: its elements are still stored in the plan's memory. Reading them
 * makes a copy, once. Before the plan writes there again it makes the copy or, if the tensor was donated, invalidates the
 * value. It is a class because every call creates one for each result.
 */
export class Resident implements Strided {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset = 0;
  private copy: TypedArray | null = null;
  private donatedTo = '';

  constructor(
    private readonly executable: Executable,
    /** Where the elements are stored in the plan's memory; null once they are not. */
    private place: Operand | null,
  ) {
    this.shape = place!.shape;
    this.strides = contiguousStrides(this.shape);
  }

  /** A copy of the elements, which is never written to. */
  get data(): TypedArray {
    return this.copied();
  }

  /** The elements where they are stored now, to be read before the next run. `reader` is named in the error if they are gone. */
  present(reader = 'read'): Strided {
    const { shape, strides, offset, copy, place, executable } = this;
    if (copy !== null) return { shape, strides, offset, data: copy };
    if (place !== null) return { ...place, data: executable.view(place.buffer) };
    throw new UsageError(
      `${reader}: the numbers of this tensor of shape ${formatShape(shape)} are gone. It was donated to ${this.donatedTo}, which ` +
        'wrote a result over them; use that result, or copy what you still need with keep(t) before the call.',
    );
  }

  /** Copies the elements out, before others are written in their place. */
  moveOut(): void {
    this.copied();
    this.place = null;
  }

  private copied(): TypedArray {
    this.copy ??= toTypedArray(this.present());
    return this.copy;
  }

  /** Invalidates the value, because the call that it was donated to overwrites it. */
  giveUp(to: string): void {
    this.copy = null;
    this.place = null;
    this.donatedTo = to;
  }
}

/** A copy of a tree of tensors in memory of its own, which no compiled function overwrites. */
export function keep<T>(tree: T): T {
  return mapTree(
    tree,
    (tensor) => {
      if (liveScopes(tensor) !== 0)
        throw new UsageError(
          `keep: a gradient is being taken through this tensor of shape ${formatShape(tensor.shape)}, and a copy would cut it off; ` +
            'call keep outside of the gradient.',
        );
      const { data, strides, shape, offset } = concrete(tensor, 'keep');
      return new Tensor(shape, tensor.dtype, { data, strides, shape, offset });
    },
    'keep',
  );
}
