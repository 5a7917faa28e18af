/** `plans.jsonl`: what `--backend auto` chose, a line for each plan of each thread, and what it measured for that. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackendOptions, Choice } from '../../../engine/index.js';
import type { ExecutedBy } from './recordFiles.js';

/** A line: a plan's name, as in `compile(step)`, and what was chosen for it. */
export type PlanChoice = Choice & { readonly plan: string };

const pathIn = (folder: string): string => join(folder, 'plans.jsonl');

/** Options of `compile` that record in a run's folder what `auto` chooses for each plan. */
export function recordingChoices(backend: BackendOptions, folder: () => string): BackendOptions {
  if (backend.backend !== 'auto') return backend;
  const onChoice = (plan: string, choice: Choice): void => {
    appendFileSync(pathIn(folder()), `${JSON.stringify({ plan, ...choice } satisfies PlanChoice)}\n`);
  };
  return { ...backend, onChoice };
}

/** The choices of a run; a last line that a killed process left without its end is not one. */
export const readChoices = (folder: string): readonly PlanChoice[] =>
  existsSync(pathIn(folder))
    ? readFileSync(pathIn(folder), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as PlanChoice)
    : [];

/** What ran a run's plans; with `auto`, also how many ran where, as in `auto: ...; 12 plans on wasm, 3 on gpu`. */
export function whatRan(folder: string, { ran }: ExecutedBy): string {
  const choices = readChoices(folder);
  if (choices.length === 0) return ran;
  const counts = new Map<string, number>();
  for (const { backend } of choices) counts.set(backend, (counts.get(backend) ?? 0) + 1);
  const shares = [...counts].map(([backend, count], i) => `${count}${i === 0 ? ' plans' : ''} on ${backend}`);
  return `${ran}; ${shares.join(', ')}`;
}
