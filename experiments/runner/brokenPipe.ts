import type { EventEmitter } from 'node:events';

const guarded = new WeakSet<EventEmitter>();

/**
 * Lets a program outlive the reader of its output, as in `metagrad run ... | head`: a write to a closed pipe (EPIPE) is
 * then lost instead of ending the run. Any other error, as of a full disk, ends the program with a message. Calling it
 * twice is harmless.
 */
export function surviveBrokenPipe(stream: EventEmitter): void {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.stderr.write(
      `metagrad: the output cannot be written (${error.message}); make room, or write it elsewhere.\n`,
    );
    process.exit(1);
  });
}
