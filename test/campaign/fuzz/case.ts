import { random } from '../random.js';
import { mutated } from './mutate.js';
import type { Files, Reader } from './reader.js';

/** The files of a case: they follow from the seed, the reader and the case's number. */
export const randomCase = (reader: Reader, samples: readonly Files[], seed: number, number: number): Files =>
  mutated(reader, samples, random(seed, reader.name, number));
