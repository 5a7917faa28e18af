/** WebGPU where gpu.js looks for it: at `navigator.gpu`, with the limits that we need and a listener for errors. */
import { type Submitting, submitInParts } from './submissions.js';

/** What we use of WebGPU. TypeScript declares it only together with the whole DOM. */
interface Adapter {
  readonly info: AdapterInfo;
  readonly limits: Limits;
  requestDevice(descriptor?: { requiredLimits?: Record<string, number> }): Promise<GpuDevice>;
}

interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

interface Limits {
  readonly maxStorageBuffersPerShaderStage: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxBufferSize: number;
}

export interface GpuDevice extends Submitting {
  readonly limits: Limits;
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  addEventListener(
    type: 'uncapturederror',
    listener: (event: { readonly error: { readonly message: string } }) => void,
  ): void;
  destroy(): void;
}

interface Gpu {
  requestAdapter(options?: typeof preference): Promise<Adapter | null>;
}

const preference = { powerPreference: 'high-performance' } as const;

/** The devices that gpu.js requests, watched. */
export interface WatchedGpu {
  readonly adapter: string;
  readonly isSoftware: boolean;
  /** The most storage buffers of one kernel, its output included. */
  readonly buffers: number;
  /** The largest array in bytes. */
  readonly bytes: number;
  /** The device that gpu.js requested last. */
  device(): GpuDevice | undefined;
  /** The errors that devices reported since the last call. */
  takeErrors(): readonly string[];
  /** Whether a device was lost since the last call. */
  takeLoss(): boolean;
}

/** gpu.js needs two storage buffers for a kernel with one argument; more than this no kernel of ours wants. */
const wantedBuffers = 16;

/**
 * Finds the adapter and stands between it and gpu.js. In Node this installs the `webgpu` package; where a browser has
 * `navigator.gpu`, it is that.
 *
 * @throws Error where there is no adapter, with what to do about it.
 */
export async function watchWebGpu(): Promise<WatchedGpu> {
  const gpu = await findGpu();
  const request = gpu.requestAdapter.bind(gpu, preference);
  const adapter = await request();
  if (adapter === null)
    throw new Error(
      "gpu: WebGPU is here, but no adapter answered. In Node it needs Vulkan (libvulkan.so.1 and a driver), Metal or Direct3D 12: see docs/gpu.md. The modes 'webasm' and 'cpu' need none.",
    );
  let device: GpuDevice | undefined;
  let errors: string[] = [];
  let isLost = false;
  const buffers = Math.min(wantedBuffers, adapter.limits.maxStorageBuffersPerShaderStage);
  const watched = async (
    from: Adapter,
    requiredLimits: Readonly<Record<string, number>>,
  ): Promise<GpuDevice> => {
    const opened = await from.requestDevice({
      requiredLimits: { ...requiredLimits, maxStorageBuffersPerShaderStage: buffers },
    });
    opened.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
    submitInParts(opened);
    void opened.lost.then(() => (isLost = true));
    device = opened;
    return opened;
  };
  gpu.requestAdapter = async () => {
    const answer = await request();
    if (answer === null) return null;
    const { info, limits } = answer;
    return {
      info,
      limits,
      requestDevice: (descriptor) => watched(answer, descriptor?.requiredLimits ?? {}),
    };
  };
  return {
    adapter: labelOf(adapter.info) || 'an adapter without a name',
    isSoftware: isSoftware(adapter.info),
    buffers,
    bytes: Math.min(adapter.limits.maxStorageBufferBindingSize, adapter.limits.maxBufferSize),
    device: () => device,
    takeErrors() {
      const reported = errors;
      errors = [];
      return reported;
    },
    takeLoss() {
      const wasLost = isLost;
      isLost = false;
      return wasLost;
    },
  };
}

async function findGpu(): Promise<Gpu> {
  const { navigator } = globalThis as { readonly navigator?: { readonly gpu?: Gpu } };
  if (navigator?.gpu !== undefined) return navigator.gpu;
  if ('document' in globalThis || !('process' in globalThis))
    throw new Error(
      "gpu: this browser has no navigator.gpu: WebGPU needs a secure context (https or localhost), and a browser that has it switched on. The modes 'webgl2' and 'webasm' need neither.",
    );
  let dawn: typeof import('webgpu');
  try {
    dawn = await import('webgpu');
  } catch (cause) {
    throw new Error(
      "gpu: this program has no WebGPU: there is no navigator.gpu, and the optional package 'webgpu' cannot be loaded " +
        `(${cause instanceof Error ? cause.message : String(cause)}). Install it with npm install webgpu@0.6.2.`,
      { cause },
    );
  }
  Object.assign(globalThis, dawn.globals);
  let gpu: Gpu = dawn.create([]);
  const adapter = await gpu.requestAdapter(preference);
  // On a processor most of a kernel's time would go into bounds checks of reads, which all of ours pass.
  if (adapter !== null && isSoftware(adapter.info))
    gpu = dawn.create(['enable-dawn-features=disable_robustness']);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true, writable: true });
  return gpu;
}

const labelOf = ({ vendor, architecture, device, description }: AdapterInfo): string =>
  [description, vendor, architecture || device].filter((part) => part !== '').join(', ');

const isSoftware = (info: AdapterInfo): boolean =>
  info.isFallbackAdapter === true || isSoftwareName(labelOf(info));

/** Whether a driver's name is that of a program on the processor. */
export const isSoftwareName = (name: string): boolean =>
  /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(name);
