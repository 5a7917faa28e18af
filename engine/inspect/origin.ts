import { callSite } from '../core/callSite.js';
import { type Call, currentCall } from '../core/caller.js';
import { type Group, currentGroup } from '../core/group.js';

/** Where in the user's program a tensor was computed. */
export interface Origin {
  /** The line of the user's own code, as in `/home/ada/train.ts:12:5`; null where none of it ran, or in a bundle. */
  readonly location: string | null;
  /** The call of a function of the library. */
  readonly call: Call | null;
  readonly group: Group | null;
}

export const unknown: Origin = { location: null, call: null, group: null };

/** Reads the call stack, so only where somebody looks. `outer` is the line that called the inspection: no origin of a node. */
export function originHere(outer: string): Origin {
  const location = callSite();
  return {
    location: location === '' || location === outer ? null : location,
    call: currentCall(),
    group: currentGroup(),
  };
}

const { process } = globalThis as { readonly process?: Partial<NodeJS.Process> };

/** A location below the working directory without that directory. */
export function shortLocation(location: string): string {
  const folder = `${process?.cwd?.() ?? ''}/`;
  return folder !== '/' && location.startsWith(folder) ? location.slice(folder.length) : location;
}
