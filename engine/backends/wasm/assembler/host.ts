/** What we use of the host's WebAssembly. TypeScript declares it only together with the whole DOM. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export interface WasmModule {
  readonly module?: never;
}

export interface WasmHost {
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
  readonly Memory: new (limits: { readonly initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: Readonly<Record<string, (...args: readonly number[]) => number>> };
}

/** Undefined where there is none, as in browsers that are locked down. */
export const host = (globalThis as { readonly WebAssembly?: WasmHost }).WebAssembly!;

let refusal: string | undefined;

/**
 * Why WebAssembly cannot be compiled here, or '' where it can. A Content-Security-Policy with a `script-src` forbids it
 * unless that has 'wasm-unsafe-eval'.
 */
export function whyRefused(): string {
  if (refusal !== undefined) return refusal;
  try {
    // The empty module.
    new host.Module(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00));
    refusal = '';
  } catch (error) {
    refusal = error instanceof Error ? error.message : String(error);
  }
  return refusal;
}

/** The size of a page of WebAssembly memory in bytes. */
export const pageBytes = 65536;
