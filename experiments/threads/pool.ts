/** Pools of worker threads, each of which does one task at a time. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundled } from '../files/packageInfo.js';
import { type Link, type LinkEnd, linkOf, openLink } from './link.js';

/** A pool of threads that all run one program. */
export interface ThreadPool<Task, Result> {
  /**
   * Runs a task in a free thread and returns its result; rejects if the task throws or the thread ends first. `answer` receives
   * the messages of the task, see `openLink`.
   */
  readonly run: (task: Task, answer: (message: unknown) => unknown) => Promise<Result>;
  /** Ends all threads at once, in the middle of their tasks. */
  readonly close: () => Promise<void>;
}

/** A task in the form that a thread receives. */
export interface ThreadOrder<Task> {
  readonly task: Task;
  readonly end: LinkEnd;
}

/** The default export of a thread's program: `work` does a task, with a link to the thread that gave it. */
export const threadProgram =
  <Task, Result>(work: (task: Task, link: Link) => Promise<Result>, classes?: Parameters<typeof linkOf>[1]) =>
  ({ task, end }: ThreadOrder<Task>): Promise<Result> =>
    work(task, linkOf(end, classes));

/**
 * Starts `count` threads; `program` returns `new URL('./x.js', import.meta.url)`, evaluated in the caller's module. Throws a
 * UsageError that begins with `who` in a bundle, which lacks such a file.
 */
export async function startThreads<Task, Result>(
  who: string,
  program: () => URL,
  count: number,
): Promise<ThreadPool<Task, Result>> {
  const { Piscina } = await import('piscina');
  const pool = new Piscina<ThreadOrder<Task>, Result>({
    filename: programPath(who, program),
    minThreads: count,
    maxThreads: count,
  });
  // The pool replaces a thread that ends between tasks, and no task is lost.
  pool.on('error', (error: unknown) => {
    process.emitWarning(`a worker thread ended between tasks: ${String(error)}`);
  });
  return {
    async run(task, answer) {
      const { end, close } = openLink(answer);
      try {
        return await pool.run({ task, end }, { transferList: [end.port] });
      } finally {
        close();
      }
    },
    close: () => pool.destroy(),
  };
}

function programPath(who: string, program: () => URL): string {
  const isModule = (import.meta as Partial<ImportMeta>).url !== undefined;
  const path = isModule ? fileURLToPath(program()) : undefined;
  if (path === undefined || !existsSync(path)) throw bundled(who, 'the program of its worker threads');
  return path;
}
