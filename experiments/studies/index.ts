import { adaptiveLr } from './adaptiveLr/adaptiveLr.js';
import { blended } from './blended/blended.js';
import { gatedAdam } from './gatedAdam/gatedAdam.js';
import { hypergradientLr } from './hypergradientLr/hypergradientLr.js';
import type { StudyDefinition } from './study.js';
import { warmStart } from './warmStart/warmStart.js';

/** The studies that can be run, in the order of `metagrad list`. */
export const studies: readonly StudyDefinition[] = [
  warmStart,
  gatedAdam,
  blended,
  hypergradientLr,
  adaptiveLr,
];
