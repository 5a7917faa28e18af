import type { DType } from '../../../ir/kernel.js';
import type { DeviceInfo, DeviceProgram, Execution, GpuMode } from '../lower/program.js';

/** A request to a device's thread. Each is answered before the next is sent. */
export type Request =
  | { readonly ask: 'open'; readonly mode: GpuMode }
  | {
      readonly ask: 'prepare';
      readonly id: number;
      readonly program: DeviceProgram;
      readonly arguments: readonly Place[];
      readonly results: readonly Place[];
      /** Whether it may run in another way than the mode says. */
      readonly allowDegraded: boolean;
    }
  | { readonly ask: 'run'; readonly id: number };

/** A message that is not answered. */
export interface Message {
  readonly ask: 'destroy';
  readonly id: number;
}

/** The answer to a request where there is something to report, or the error, which loses its class on the way. */
export type Reply =
  | { readonly info: DeviceInfo }
  | { readonly execution: Execution }
  | { readonly error: { readonly name: string; readonly message: string } };

/** The thread's end of the channel. */
export interface Port {
  postMessage(message: Reply): void;
  on(event: 'message', listener: (message: Request | Message) => void): unknown;
}

/** What a thread is started with: where it is asked, and the words by which both wait for each other. */
export interface ThreadData {
  readonly port: Port;
  readonly memory: Int32Array;
}

/** An array in memory that both threads see; the offset in bytes. */
export interface Place {
  readonly memory: SharedArrayBuffer;
  readonly dtype: DType;
  readonly offset: number;
  readonly size: number;
}

export const numbersAt = ({ memory, dtype, offset, size }: Place): Float32Array | Int32Array =>
  dtype === 'int32' ? new Int32Array(memory, offset, size) : new Float32Array(memory, offset, size);

/** Places for arrays one after the other, in memory of their own. */
export function placesFor(arrays: readonly Pick<Place, 'dtype' | 'size'>[]): Place[] {
  const memory = new SharedArrayBuffer(arrays.reduce((bytes, { size }) => bytes + size * 4, 0));
  let offset = 0;
  return arrays.map(({ dtype, size }) => {
    const place = { memory, dtype, size, offset };
    offset += size * 4;
    return place;
  });
}
