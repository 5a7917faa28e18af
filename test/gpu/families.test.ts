import { describeFamilies } from './families.js';
import { withDeviceThread } from './support.js';

withDeviceThread();

describeFamilies({ mode: 'webasm', runs: 15 });
describeFamilies({ mode: 'cpu', runs: 5 });
