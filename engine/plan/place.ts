/** The directory of the engine, which users did not write; in a program that is bundled into one file, that file. */
const engine = new URL(import.meta.url.replace(/plan\/place\.\w+(\?.*)?$/, '')).pathname;

/** Where in the user's program the engine was called from, as in `train.ts:12:5` with its full path or address; '' if unknown. */
export function callerPlace(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  const frames = stack
    .split('\n')
    .slice(1)
    .map((line) => /\(?((?:\w+:\/\/|\/)[^()]*:\d+:\d+)\)?$/.exec(line)?.[1]);
  const outside = frames.find(
    (frame) => frame !== undefined && !frame.includes(engine) && !frame.includes('node:'),
  );
  return outside?.replace(/^file:\/\//, '') ?? '';
}
