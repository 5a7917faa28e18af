/** Where the library was called from. Nothing is read from `import.meta`, which a bundle in CommonJS form does not have. */

/** The call stack, innermost first, as the JavaScript engine prints it: `at step (file:///home/ada/train.js:12:5)`. */
function frames(): string[] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return stack.split('\n').filter((line) => address.test(line));
}

/** Matches the path or address in a frame, with line and column. */
const address = /\(?((?:\w+:\/\/|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?$/;

const addressOf = (frame: string): string => address.exec(frame)?.[1] ?? '';

/** The folder of the engine's code; in a program that is bundled into one file, that file. */
const engine = addressOf(frames()[0] ?? '')
  .replace(/:\d+:\d+$/, '')
  .replace(/core[\\/]callSite\.\w+(\?.*)?$/, '')
  .replace(/^file:\/\//, '');

/** The optimizers are a neighbour of the engine, in the package as in its sources. */
const library = [engine, engine.replace(/engine([\\/])$/, 'optimizers$1')];

/** The innermost caller outside of the library, as a line of a stack trace; '' if unknown. */
export function callerFrame(): string {
  const isInside = (frame: string): boolean => library.some((folder) => frame.includes(folder));
  const outside = frames().find((frame) => !isInside(frame) && !frame.includes('node:'));
  return outside?.trim() ?? '';
}

/** Path or address of that caller with line and column, as in `/home/ada/train.ts:12:5`; '' if unknown. */
export function callSite(): string {
  return addressOf(callerFrame()).replace(/^file:\/\//, '');
}
