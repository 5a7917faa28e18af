import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Command, Option } from '@commander-js/extra-typings';
import { type Tensor, UsageError, grad } from '../../engine/index.js';
import { graphOf } from '../../engine/inspect/graph.js';
import { graphToDot } from '../../engine/inspect/dot.js';
import { graphToSvg } from '../../engine/inspect/svg.js';
import { graphToText } from '../../engine/inspect/text.js';
import { writeOutput } from '../files/replaceFile.js';
import { loadModule } from '../files/loadModule.js';

/** `metagrad graph MODULE`: the recorded graph of a module's `f` at its `x`, or of f's gradient. */
export function addGraphCommand(program: Command): void {
  program
    .command('graph')
    .description('Draw the graph that differentiating a function records.')
    .argument(
      '<module>',
      'a JavaScript module that exports a function `f` of one tree of tensors, and the tree `x`',
    )
    .option('--gradient', 'the graph of the gradient of f, as a second-order gradient records it')
    .addOption(
      new Option('--format <name>', 'the format of the output')
        .choices(['svg', 'dot', 'text'] as const)
        .default('svg' as const),
    )
    .option(
      '--out <file>',
      'the file to write (default: the name of the module, with the format as extension)',
    )
    .action(async (module, { gradient, format, out }) => {
      const { f, x } = await loadFunction(module);
      const graph = graphOf(gradient === true ? grad(f) : f, x);
      const target =
        out ?? `${basename(module).replace(/\.[^.]*$/, '')}.${format === 'text' ? 'txt' : format}`;
      const written =
        format === 'svg' ? await graphToSvg(graph) : { text: graphToText, dot: graphToDot }[format](graph);
      writeOutput(target, format === 'svg' ? written : `${written}\n`);
      console.log(`${graph.nodes.length} nodes  ${target}`);
    });
}

interface Drawable {
  readonly f: (x: unknown) => Tensor;
  readonly x: unknown;
}

async function loadFunction(path: string): Promise<Drawable> {
  const loaded = await loadModule('graph', pathToFileURL(resolve(path)));
  const { f, x } = loaded as Partial<Drawable>;
  if (typeof f !== 'function' || x === undefined)
    throw new UsageError(
      `graph: ${path} must export a function f and its argument x; it exports ${Object.keys(loaded).join(', ') || 'nothing'}.`,
    );
  return { f, x };
}
