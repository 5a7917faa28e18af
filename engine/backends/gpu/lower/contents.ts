/** The values that hold the contents of a plan's buffers. A value never changes; a buffer that is written to gets another one. */
import type { Buffer, Operand } from '../../../ir/plan.js';
import { type Span, overlap, sizeOf, spanOf } from '../../../ir/layout.js';
import { emitCopy } from './kernels/copy.js';
import type { Emitter, Source } from './emitter.js';

/** Part of a buffer that was written by itself. */
interface Part {
  readonly offset: number;
  readonly size: number;
  readonly value: number;
}

const spanIn = ({ offset, size }: Part): Span => [offset, offset + size];

/** What a buffer holds: a value, and parts that were written after it, the latest last. */
interface Content {
  readonly whole: number | undefined;
  readonly parts: readonly Part[];
}

export interface Contents {
  /** Where an operand's elements are. */
  read(operand: Operand): Source;
  write(operand: Operand, value: number): void;
  /** The value that holds all of a buffer; undefined where nothing was written. */
  whole(buffer: number): number | undefined;
}

/** @param initial The values that buffers have from the beginning. */
export function contentsOf(
  buffers: readonly Buffer[],
  initial: ReadonlyMap<number, number>,
  emitter: Emitter,
): Contents {
  const contents = new Map<number, Content>(
    [...initial].map(([buffer, whole]) => [buffer, { whole, parts: [] }]),
  );
  /** Writes the parts over the whole. */
  const assembled = (buffer: number, { whole, parts }: Content): number => {
    const { dtype, size } = buffers[buffer];
    const all = [...(whole === undefined ? [] : [{ offset: 0, size, value: whole }]), ...parts];
    const boxes = all.map(({ offset }) => ({ start: [offset], step: [1] }));
    const sources = all.map((part): Source => ({
      value: part.value,
      shape: [part.size],
      strides: [1],
      offset: 0,
    }));
    return emitCopy(emitter, { family: 'copy', fill: 0, boxes }, sources, { shape: [size], dtype });
  };
  const wholeOf = (buffer: number): number | undefined => {
    const content = contents.get(buffer);
    if (content === undefined || content.parts.length === 0) return content?.whole;
    const whole = assembled(buffer, content);
    contents.set(buffer, { whole, parts: [] });
    return whole;
  };
  return {
    whole: wholeOf,
    read({ buffer, ...layout }) {
      const span = spanOf(layout);
      const part = contents.get(buffer)?.parts.findLast((one) => overlap(spanIn(one), span));
      if (part !== undefined && spanIn(part)[0] <= span[0] && span[1] <= spanIn(part)[1])
        return { ...layout, offset: layout.offset - part.offset, value: part.value };
      return { ...layout, value: wholeOf(buffer) ?? NaN };
    },
    write({ buffer, offset, shape }, value) {
      const size = sizeOf(shape);
      const before = contents.get(buffer);
      if (size === buffers[buffer].size) contents.set(buffer, { whole: value, parts: [] });
      else
        contents.set(buffer, {
          whole: before?.whole,
          parts: [...(before?.parts ?? []), { offset, size, value }],
        });
    },
  };
}
