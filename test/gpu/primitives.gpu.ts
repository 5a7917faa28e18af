import { describePrimitives } from './primitives.js';
import { withDeviceThread } from './support.js';

withDeviceThread();

describePrimitives('webgpu', 2);
describePrimitives('webasm', 2);
