import { describeAuto } from './auto.js';
import { describePlans, describeSleepingPlans } from './plans.js';
import { withDeviceThread } from './support.js';
import { describeThread } from './thread.js';
import { inThread } from './ways.js';

withDeviceThread();

describePlans(inThread('webgpu'));
describeSleepingPlans('webgpu');
describeThread('webgpu');
describeAuto('webgpu');
