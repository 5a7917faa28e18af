/** What of the gpu backend needs no GPU, in one file: its thread starts once. `npm run test:gpu` has the rest. */
import { describeFamilies } from './families.js';
import { describePlans, describeSleepingPlans } from './plans.js';
import { describePrimitives } from './primitives.js';
import { describePromises } from './promises.js';
import { withDeviceThread } from './support.js';
import { describeThread, describeThreadAlone } from './thread.js';
import { describeTraining, describeTrainingByPromise } from './training.js';
import { byPromise, inThread } from './ways.js';

const program = withDeviceThread();

describeThread('webasm');
describeThreadAlone(program);
describeFamilies({ way: inThread('webasm'), runs: 10 });
describeFamilies({ way: byPromise('cpu'), runs: 3 });
describePlans(inThread('webasm'));
describePlans(byPromise('webasm'));
describePlans(inThread('cpu'));
describeSleepingPlans('webasm');
describeSleepingPlans('cpu');
describePromises('webasm');
describePrimitives(inThread('webasm'), 1);
describeTraining('webasm', 5, ['adam', 'dynamicAdam']);
describeTrainingByPromise('webasm', 5, ['adam', 'dynamicAdam']);
