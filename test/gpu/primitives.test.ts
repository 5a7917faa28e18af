import { describePrimitives } from './primitives.js';
import { withDeviceThread } from './support.js';

withDeviceThread();

describePrimitives('webasm', 1);
