/** Flags of V8, where the host is a process that lets itself be asked. */

// Browsers have no `process`, and Node before 20.16 has no `getBuiltinModule`.
export const { process } = globalThis as { readonly process?: Partial<NodeJS.Process> };

/** Sets a flag for the whole process, its threads included; false where that cannot be done. V8 complains of unknown ones. */
export function setFlag(flag: string): boolean {
  try {
    const v8 = process?.getBuiltinModule?.('node:v8');
    v8?.setFlagsFromString(flag);
    return v8 !== undefined;
  } catch {
    // Bun has the module, and no V8 behind it.
    return false;
  }
}
