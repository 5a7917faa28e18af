import type { Container } from './containers.js';

/** What is read, by path: one file, or a folder's. */
export type Files = Readonly<Record<string, Uint8Array>> & Record<string, Uint8Array>;

/** Something that reads what others wrote. */
export interface Reader {
  readonly name: string;
  /** Its share of the cases. */
  readonly weight: number;
  /** Seconds of processor time after which it is taken to hang. */
  readonly patience: number;
  /** Valid files, which are then changed. The folder is the reader's own. */
  readonly samples: (folder: string) => readonly Files[] | Promise<readonly Files[]>;
  /** Whether there are valid files among the samples that the library refuses. */
  readonly mayRefuse?: true;
  /** Words of the format, as Latin-1. */
  readonly words?: readonly string[];
  readonly containers?: readonly Container[];
  /** Reads the files; `folder()` writes them into an empty folder first. What it answers is what was read. */
  readonly read: (files: Files, folder: () => string) => unknown;
}
