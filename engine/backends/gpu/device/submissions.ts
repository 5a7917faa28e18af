/** Submits long calls in parts, so that the device can do other work in between, such as drawing the screen. */

/** What gpu.js records a call with, and what we use of WebGPU to cut it. */
export interface Encoder {
  beginComputePass(): ComputePass;
  copyBufferToBuffer(from: object, at: number, to: object, place: number, bytes: number): void;
  finish(): Commands;
}

interface Commands {
  readonly __brand: 'GPUCommandBuffer';
  label: string;
}

interface ComputePass {
  setPipeline(pipeline: object): void;
  setBindGroup(index: number, group: object | null | undefined): void;
  dispatchWorkgroups(x: number, y: number, z: number): void;
  end(): void;
}

export interface Submitting {
  createCommandEncoder(): Encoder;
  readonly queue: {
    submit(commands: readonly Commands[]): void;
    onSubmittedWorkDone(): Promise<unknown>;
  };
}

/** About the longest time of a submission in milliseconds, unless a single pass takes longer. */
const longest = 250;
/** The most passes that are submitted together while a program's pace is unknown. */
const untimed = 32;

/** How long the passes of a program take. */
interface Pace {
  /** How many passes its present call submits at a time. */
  passes: number;
  /** Milliseconds a pass in the slowest submission that has ended; 0 before. */
  slowest: number;
}

/**
 * Makes a device submit in parts what is recorded as one: after the number of compute passes that took a quarter of a second
 * in the program's previous call, and after few in its first. The queue runs parts in order, so the results are the same.
 */
export function submitInParts(device: Submitting): void {
  const createEncoder = device.createCommandEncoder.bind(device);
  /** By the arrays of its first pass, which no other program has. */
  const paces = new WeakMap<object, Pace>();
  /** When the device was last seen to be done. */
  let idleSince = 0;

  const time = async (pace: Pace, passes: number): Promise<void> => {
    const submitted = performance.now();
    await device.queue.onSubmittedWorkDone();
    const now = performance.now();
    pace.slowest = Math.max(pace.slowest, (now - Math.max(submitted, idleSince)) / passes);
    idleSince = now;
  };
  const paceOf = (program: object): Pace => {
    const pace = paces.get(program) ?? { passes: untimed, slowest: 0 };
    if (pace.slowest > 0) pace.passes = Math.max(1, Math.floor(longest / pace.slowest));
    pace.slowest = 0;
    paces.set(program, pace);
    return pace;
  };

  device.createCommandEncoder = () => {
    let encoder = createEncoder();
    let passes = 0;
    let pace: Pace | undefined;
    const timed = (): void => {
      // What a lost device leaves undone teaches nothing.
      if (pace !== undefined) time(pace, passes).catch(() => undefined);
    };
    return {
      beginComputePass() {
        if (passes === pace?.passes) {
          device.queue.submit([encoder.finish()]);
          timed();
          encoder = createEncoder();
          passes = 0;
        }
        passes++;
        const pass = encoder.beginComputePass();
        if (pace !== undefined) return pass;
        return {
          setPipeline(pipeline) {
            pass.setPipeline(pipeline);
          },
          setBindGroup(index, group) {
            pace ??= paceOf(group!);
            pass.setBindGroup(index, group);
          },
          dispatchWorkgroups(x, y, z) {
            pass.dispatchWorkgroups(x, y, z);
          },
          end() {
            pass.end();
          },
        };
      },
      copyBufferToBuffer(...copy) {
        encoder.copyBufferToBuffer(...copy);
      },
      finish() {
        // gpu.js submits this at once.
        queueMicrotask(timed);
        return encoder.finish();
      },
    };
  };
}
