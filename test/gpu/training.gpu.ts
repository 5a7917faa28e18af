import { withDeviceThread } from './support.js';
import { describeTraining, learnedRules } from './training.js';

withDeviceThread();

describeTraining('webgpu', 100);
describeTraining('webasm', 100, ['adam', ...learnedRules]);
