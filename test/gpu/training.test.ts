import { withDeviceThread } from './support.js';
import { describeTraining } from './training.js';

withDeviceThread();

describeTraining('webasm', 10, ['adam', 'dynamicAdam']);
