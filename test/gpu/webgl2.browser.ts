import { describeFamilies } from './families.js';
import { describeGolden } from './golden.js';
import { goldenCases } from './goldenInBrowser.js';
import { describeWholeNumbers } from './guards.js';
import { describePlans } from './plans.js';
import { describePrimitives } from './primitives.js';
import { describePromises } from './promises.js';
import { describeTrainingByPromise, learnedRules } from './training.js';
import { byPromise } from './ways.js';

const way = byPromise('webgl2');

describeWholeNumbers('webgl2');
describePromises('webgl2');
describePlans(way);
describeFamilies({ way, runs: 10 });
describePrimitives(way, 2);
describeGolden(way, await goldenCases());
describeTrainingByPromise('webgl2', 100, ['adam', ...learnedRules]);
