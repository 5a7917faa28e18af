/** What of the gpu backend needs no GPU, in one file: its thread starts once. `npm run test:gpu` has the rest. */
import { describeFamilies } from './families.js';
import { describePlans } from './plans.js';
import { describePrimitives } from './primitives.js';
import { withDeviceThread } from './support.js';
import { describeTraining } from './training.js';

withDeviceThread();

describeFamilies({ mode: 'webasm', runs: 10 });
describeFamilies({ mode: 'cpu', runs: 3 });
describePlans('webasm');
describePlans('cpu');
describePrimitives('webasm', 1);
describeTraining('webasm', 5, ['adam', 'dynamicAdam']);
