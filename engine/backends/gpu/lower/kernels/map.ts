import type { ScalarExpression } from '../../../../ir/expression.js';
import type { Signature } from '../../../../ir/kernel.js';
import { sizeOf } from '../../../../ir/layout.js';
import type { Emitter, Source } from '../emitter.js';
import { splitReads } from '../splitReads.js';
import { inOrder, walkOver, writeElement } from '../loops.js';

/** `output[i] = expression(sources[i])` */
export function emitMap(
  emitter: Emitter,
  expression: ScalarExpression,
  sources: readonly Source[],
  output: Signature,
): number {
  const job = splitReads(emitter, expression, sources, output);
  const walk = walkOver(output.shape, inOrder(output.shape), job.sources, job.expression);
  return emitter.emit(job.sources, sizeOf(output.shape), (writer, leaves) =>
    writeElement(writer, walk, leaves, writer.coordinates(walk.sizes[0]), output.dtype),
  );
}
