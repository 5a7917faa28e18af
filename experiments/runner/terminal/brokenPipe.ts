import type { EventEmitter } from 'node:events';

const guarded = new WeakSet<EventEmitter>();

/**
 * Lets a program continue without the reader of its output, as in `metagrad run ... | head`: a write to a closed pipe (EPIPE) is
 * lost instead of ending the run. `otherwise` receives other errors of the stream; by default they are thrown. Calling it twice
 * is harmless.
 */
export function surviveBrokenPipe(stream: EventEmitter, otherwise = rethrow): void {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') otherwise(error);
  });
}

function rethrow(error: Error): void {
  throw error;
}
