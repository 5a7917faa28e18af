import { bytesOf } from '../../../../ir/array.js';
import { input } from '../../../../ir/expression.js';
import type { DType, ReduceSpec, Shape } from '../../../../ir/kernel.js';
import { type Context, type Kernel, addressesOf } from '../../emit/context.js';
import { graphOf } from '../../emit/graph.js';
import { nest } from '../../emit/loops.js';
import { kindOf } from '../../emit/typing.js';
import { vectors } from '../../emit/vector.js';
import { constantKernel } from '../copy.js';
import type { Access } from '../map.js';
import { combineOf } from './accumulator.js';
import { argmaxKernel } from './argmax.js';
import { type Job, type Loop, cursorLocals, jobOf } from './reduction.js';
import { emitRows } from './rows.js';
import { emitSideBySide } from './sideBySide.js';
import { type Work, cursorsOf, sinkBytes, sizesOf } from './work.js';

/** Sums, maxima or positions of maxima over axes. */
export function reduceKernel(
  context: Context,
  spec: ReduceSpec,
  inputs: readonly Access[],
  output: { readonly shape: Shape; readonly dtype: DType },
): Kernel {
  const graph = graphOf(spec.expression ?? input(0));
  const key = `reduce ${spec.reduction} ${JSON.stringify([spec.axes, inputs, output])} ${graph.key}`;
  return context.kernel(key, () => {
    const job = jobOf(spec, graph, inputs, output);
    if (job.reduced.some(({ size }) => size === 0))
      return constantKernel(context, inputs.length, output, spec.reduction === 'max' ? -Infinity : 0);
    if (spec.reduction === 'argmax') return argmaxKernel(context, job);
    return sumOrMaxKernel(context, spec.reduction, job);
  });
}

/**
 * A vector of elements at once along the loop whose elements are cheapest to load. If it is one of the output's, the lanes
 * of the accumulators are neighbouring results; else they are parts of one result.
 */
function sumOrMaxKernel(context: Context, reduction: 'sum' | 'max', job: Job): Kernel {
  const { typing, kept, reduced } = job;
  const best = [...kept, ...reduced].reduce((a, b) => (costOf(job, b) < costOf(job, a) ? b : a));
  const without = (loops: readonly Loop[]): Loop[] => loops.filter((loop) => loop !== best);
  const scratch = context.features.simd === 256 ? sinkBytes : 0;
  const addresses = typing.inputs.length + 1;
  const signature = addressesOf(scratch > 0 ? addresses + 1 : addresses);
  const index = context.module.function(signature, (f, ...params) => {
    const locals = cursorLocals(f, params.slice(0, addresses), job);
    const v = vectors(f, context.features, kindOf(typing));
    const combine = combineOf(v, reduction, job.output);
    const work: Work = {
      context,
      f,
      v,
      job,
      reduction,
      combine,
      locals,
      along: best,
      sink: params[addresses],
    };
    const [outer, emit] = kept.includes(best)
      ? [
          without(kept),
          () => {
            emitSideBySide(work, reduced);
          },
        ]
      : [
          kept.slice(0, -1),
          () => {
            emitRows(work, without(reduced), kept.at(-1));
          },
        ];
    nest(f, sizesOf(outer), cursorsOf(locals, outer), emit);
  });
  return { index, scratch };
}

/** About how many instructions an element takes: those that load a vector, and what adds lanes up at the end. */
function costOf({ typing, reduced }: Job, loop: Loop): number {
  const { lanes } = kindOf(typing);
  const loads = typing.inputs.map((dtype, i) => ([0, bytesOf(dtype)].includes(loop.steps[i]) ? 1 : lanes));
  const vector = 1 + loads.reduce((sum, load) => sum + load, 0);
  const elements = reduced.reduce((product, { size }) => product * size, 1);
  return (vector * Math.ceil(loop.size / lanes)) / loop.size + (reduced.includes(loop) ? 10 / elements : 0);
}
