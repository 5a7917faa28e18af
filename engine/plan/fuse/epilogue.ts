import { input, replaceInputs, share } from '../../ir/expression.js';
import type { MapSpec } from '../../ir/kernel.js';
import { type Graph, type KernelGroup, type Read, type Source, isWhole } from './graph.js';

/**
 * Fuses a map of a matrix product into the product's kernel, where it is computed while the product is still in
 * registers: bias, activation, mask. The product must be read by that map alone, and element by element.
 */
export function fuseEpilogues(graph: Graph): Graph {
  const products = productsReadOnce(graph);
  const merged = new Set<KernelGroup>();
  const groups = graph.groups.map((group): KernelGroup => {
    const { spec, kernels, reads } = group;
    if (
      spec.family !== 'map' ||
      reads.some(({ source }) => source.signature.dtype !== kernels[0].signature.dtype)
    )
      return group;
    const read = reads.findLast(
      (one) =>
        products.has(one.source) &&
        isWhole(one) &&
        reads.every((other) => other === one || other.source !== one.source),
    );
    if (read === undefined) return group;
    const product = products.get(read.source)!;
    merged.add(product);
    return withEpilogue(product, group, spec, read);
  });
  return { ...graph, groups: groups.filter((group) => !merged.has(group)) };
}

/** The matrix products with exactly one reader, by their results. */
function productsReadOnce({ groups, outputs }: Graph): ReadonlyMap<Source, KernelGroup> {
  const readers = new Map<Source, Set<KernelGroup>>();
  for (const group of groups)
    for (const { source } of group.reads) readers.set(source, (readers.get(source) ?? new Set()).add(group));
  const returned = new Set(outputs.map(({ source }) => source));
  const products = new Map<Source, KernelGroup>();
  for (const group of groups) {
    const [kernel] = group.kernels;
    if (group.spec.family === 'matmul' && !returned.has(kernel) && readers.get(kernel)?.size === 1)
      products.set(kernel, group);
  }
  return products;
}

function withEpilogue(
  product: KernelGroup,
  { kernels, reads }: KernelGroup,
  { expression }: MapSpec,
  read: Read,
): KernelGroup {
  const others = reads.filter((other) => other !== read);
  const operands = reads.map((other) => input(other === read ? 0 : 1 + others.indexOf(other)));
  const epilogue = share(replaceInputs(expression, operands));
  return { kernels, spec: { family: 'matmul', epilogue }, reads: [...product.reads, ...others] };
}
