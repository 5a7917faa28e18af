import type { EventEmitter } from 'node:events';

const guarded = new WeakSet<EventEmitter>();

/**
 * Lets a program outlive the reader of its output, as in `metagrad run ... | head`: a write to a closed pipe (EPIPE) is
 * then lost instead of ending the run. Other errors of the stream are thrown, unless `otherwise` takes them. Calling it
 * twice is harmless.
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
