import { describePrimitives } from './primitives.js';
import { withDeviceThread } from './support.js';
import { inThread } from './ways.js';

withDeviceThread();

describePrimitives(inThread('webgpu'), 2);
describePrimitives(inThread('webasm'), 2);
