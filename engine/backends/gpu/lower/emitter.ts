import type { Layout, Shape } from '../../../ir/kernel.js';
import { contiguousStrides } from '../../../ir/layout.js';
import { bytesText } from './memory.js';
import { type DeviceInfo, type DeviceKernel, type DeviceStep, drawing } from './program.js';
import { type Leaf, type Writer, kernelWriter, largestIndex } from './writer.js';

/** A value of the program seen through a layout. */
export interface Source extends Layout {
  readonly value: number;
}

/** Collects the kernels and steps of a program. */
export interface Emitter {
  /** The most arrays that one kernel may read. */
  readonly arrays: number;
  /**
   * Adds a kernel of `size` elements and the step that runs it; `write` gets where each source's elements are read.
   * Returns the new value.
   */
  emit(
    sources: readonly Source[],
    size: number,
    write: (writer: Writer, leaves: readonly Leaf[]) => string,
  ): number;
  /** The number of arrays that a kernel with these sources reads. */
  arraysOf(sources: readonly Source[]): number;
}

/** The emitter, and what it has collected. */
export interface Collector extends Emitter {
  readonly kernels: readonly DeviceKernel[];
  readonly steps: readonly DeviceStep[];
}

/**
 * @param firstValue The number of the value that the first step makes.
 * @param sizeOfValue How many elements the values before it have.
 * @param constants The values that are one number everywhere, which kernels write out in place of reading them.
 * @param device What kernels may read, how large arrays may be, and what kernels are translated to.
 */
export function collector(
  firstValue: number,
  sizeOfValue: readonly number[],
  constants: ReadonlyMap<number, number>,
  { arrays, elements: mostElements, mode }: DeviceInfo,
): Collector {
  const kernels: DeviceKernel[] = [];
  const steps: DeviceStep[] = [];
  const sizes = [...sizeOfValue];
  const kernelNumbers = new Map<string, number>();
  const read = (sources: readonly Source[]): number[] => [
    ...new Set(sources.map(({ value }) => value).filter((value) => !constants.has(value))),
  ];
  return {
    arrays,
    kernels,
    steps,
    arraysOf: (sources) => read(sources).length,
    emit(sources, size, write) {
      const values = read(sources);
      for (const elements of [size, ...values.map((value) => sizes[value])])
        if (elements > mostElements)
          throw new RangeError(
            `an array of ${elements} elements; ${
              mostElements === largestIndex
                ? `this backend counts them in float32, to ${largestIndex} at most`
                : `the device's arrays have ${mostElements} at most (${bytesText(4 * mostElements)})`
            }. Use the wasm backend, or smaller batches`,
          );
      const writer = kernelWriter(drawing.includes(mode));
      const leaves = sources.map(({ value }): Leaf => {
        const constant = constants.get(value);
        return constant === undefined ? { parameter: values.indexOf(value) } : { constant };
      });
      const result = write(writer, leaves);
      const source = writer.finish(values.length, result);
      const key = JSON.stringify([source, size, values.map((value) => sizes[value])]);
      let kernel = kernelNumbers.get(key);
      if (kernel === undefined) kernelNumbers.set(key, (kernel = kernels.push({ source, size }) - 1));
      steps.push({ kernel, inputs: values });
      sizes[firstValue + steps.length - 1] = size;
      return firstValue + steps.length - 1;
    },
  };
}

/** All elements of a value in their own order. */
export const dense = (value: number, shape: Shape): Source => ({
  value,
  shape,
  strides: contiguousStrides(shape),
  offset: 0,
});
