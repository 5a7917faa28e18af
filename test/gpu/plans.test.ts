import { describePlans } from './plans.js';
import { withDeviceThread } from './support.js';

withDeviceThread();

describePlans('webasm');
describePlans('cpu');
