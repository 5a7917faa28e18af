import { Generator } from '../../engine/index.js';
import * as nn from '../../engine/nn/index.js';
import { walkExports } from './walk.js';

const identity = (x: unknown): unknown => x;

walkExports('metagrad/nn', nn, {
  countParameters: 'none',
  linear: [
    { call: (options: nn.LinearOptions) => nn.linear(options), options: { inputs: 2, outputs: 3 } },
    {
      call: (options: nn.InitOptions) => nn.linear({ inputs: 2, outputs: 3 }).init(new Generator(0), options),
      options: { dtype: 'float64' },
    },
  ],
  mlp: [
    {
      call: (options: nn.MlpOptions) => nn.mlp(options),
      options: { sizes: [2, 3], activation: identity },
    },
    {
      call: (options: nn.InitOptions) => nn.mlp({ sizes: [2, 3] }).init(new Generator(0), options),
      options: { dtype: 'float64' },
    },
  ],
});
