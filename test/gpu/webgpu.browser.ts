import { describeFamilies } from './families.js';
import { describeGolden } from './golden.js';
import { goldenCases } from './goldenInBrowser.js';
import { describeFailures, describeWholeNumbers } from './guards.js';
import { describePlans } from './plans.js';
import { describePrimitives } from './primitives.js';
import { describePromises } from './promises.js';
import { describeTrainingByPromise, learnedRules } from './training.js';
import { byPromise } from './ways.js';

const way = byPromise('webgpu');

describeWholeNumbers('webgpu');
describeFailures();
describePromises('webgpu');
describePlans(way);
describeFamilies({ way, runs: 10 });
describePrimitives(way, 2);
describeGolden(way, await goldenCases());
describeTrainingByPromise('webgpu', 100, ['adam', ...learnedRules]);
