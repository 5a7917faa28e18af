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

declare const WebAssembly: WasmHost;

export const host: WasmHost = WebAssembly;

/** The size of a page of WebAssembly memory in bytes. */
export const pageBytes = 65536;
