import { describe, expect, it } from 'vitest';
import { requireExecution } from '../../engine/backends/gpu/device/execution.js';
import { describeFailures, describeWholeNumbers } from './guards.js';

describeWholeNumbers('webgpu');
describeFailures();

describe('what ran', () => {
  it('is compared with what was asked for', () => {
    const ran = {
      executorKind: 'generic',
      backend: 'cpu',
      kernelClass: 'CPUKernel',
      fallbackReason: 'no such driver',
    };
    expect(() => {
      requireExecution('cpu', { ...ran, fallbackReason: null });
    }).not.toThrow();
    expect(() => {
      requireExecution('webgpu', ran);
    }).toThrow(
      'gpu: asked for webgpu, gpu.js ran CPUKernel (cpu, generic) because no such driver. Pass allowDegraded: true',
    );
  });
});
