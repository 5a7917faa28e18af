import type { Reader } from '../reader.js';
import { arrayReaders } from './arrays.js';
import { goldenReader } from './golden.js';
import { journalReaders } from './journals.js';
import { runReaders } from './runs.js';

export const readers: readonly Reader[] = [...arrayReaders, ...journalReaders, ...runReaders, goldenReader];
