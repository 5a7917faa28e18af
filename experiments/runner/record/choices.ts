/** The choices of `--backend auto` for the plans of a run. */
import type { BackendOptions } from '../../../engine/index.js';
import type { ExecutedBy } from './recordFiles.js';
import type { RunStore } from './runStore.js';

/** Options of `compile` that record in a run's store what `auto` chooses for each plan. */
export function notingChoices(backend: BackendOptions, store: () => RunStore): BackendOptions {
  if (backend.backend !== 'auto') return backend;
  return {
    ...backend,
    onChoice(plan, choice) {
      store().noteChoice({ plan, ...choice });
    },
  };
}

/** The backend of a run's plans; with `auto` also their number on each, as in `auto: ...; 12 plans on wasm, 3 on gpu`. */
export async function whatRan(store: RunStore, { ran }: ExecutedBy): Promise<string> {
  const choices = await store.choices();
  if (choices.length === 0) return ran;
  const counts = new Map<string, number>();
  for (const { backend } of choices) counts.set(backend, (counts.get(backend) ?? 0) + 1);
  const shares = [...counts].map(([backend, count], i) => `${count}${i === 0 ? ' plans' : ''} on ${backend}`);
  return `${ran}; ${shares.join(', ')}`;
}
