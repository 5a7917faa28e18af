import type { MapSpec } from '../../ir/kernel.js';
import type { Fused } from './compose.js';
import { input, replaceInputs, share } from '../../ir/expression.js';
import { type Read, type Source, isWhole } from './graph.js';

/**
 * Writes a map of a matrix product into the product's kernel, where it is computed while the product is still in
 * registers: bias, activation, mask. The product must be read by that map alone, and element by element.
 */
export function fuseEpilogues(kernels: readonly Fused[], outputs: readonly Read[]): Fused[] {
  const readers = new Map<Source, Set<Fused>>();
  for (const fused of kernels)
    for (const { source } of fused.reads) readers.set(source, (readers.get(source) ?? new Set()).add(fused));
  const returned = new Set(outputs.map(({ source }) => source));
  const products = new Map<Source, Fused>();
  for (const fused of kernels)
    if (
      fused.spec.family === 'matmul' &&
      !returned.has(fused.kernel) &&
      readers.get(fused.kernel)?.size === 1
    )
      products.set(fused.kernel, fused);

  const merged = new Set<Fused>();
  const result = kernels.map((fused): Fused => {
    const { spec, kernel, reads } = fused;
    if (
      spec.family !== 'map' ||
      reads.some(({ source }) => source.signature.dtype !== kernel.signature.dtype)
    )
      return fused;
    const place = reads.findLast(
      (read) =>
        products.has(read.source) &&
        isWhole(read) &&
        reads.every((other) => other === read || other.source !== read.source),
    );
    if (place === undefined) return fused;
    const product = products.get(place.source)!;
    merged.add(product);
    return withEpilogue(product, fused, spec, place);
  });
  return result.filter((fused) => !merged.has(fused));
}

function withEpilogue(product: Fused, { kernel, reads }: Fused, { expression }: MapSpec, place: Read): Fused {
  const others = reads.filter((read) => read !== place);
  const places = reads.map((read) => input(read === place ? 0 : 1 + others.indexOf(read)));
  const epilogue = share(replaceInputs(expression, places));
  return { kernel, spec: { family: 'matmul', epilogue }, reads: [...product.reads, ...others] };
}
