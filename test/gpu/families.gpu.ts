import { describeFamilies } from './families.js';
import { withDeviceThread } from './support.js';

withDeviceThread();

describeFamilies({ mode: 'webgpu', runs: 60 });
