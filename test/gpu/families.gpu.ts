import { describeFamilies } from './families.js';
import { withDeviceThread } from './support.js';
import { inThread } from './ways.js';

withDeviceThread();

describeFamilies({ way: inThread('webgpu'), runs: 60 });
