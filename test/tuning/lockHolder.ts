/** A process that holds the lock of a journal until it is killed: `node lockHolder.js PATH`. */
import { withLock } from '../../experiments/tuning/log/lock.js';

const [path] = process.argv.slice(2);
void withLock(path, () => {
  process.stdout.write('held\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
});
