import { binomialTest } from '../../stats/index.js';
import type { Reproduction } from '../study.js';

/**
 * Consistency checks of the write-up's figures. Its program trains nothing that it describes, so there is nothing to repeat,
 * but its numbers can be checked against each other.
 */
export function reproductions(): Readonly<Record<string, Reproduction>> {
  const [rate, seconds] = [130.303, 3.8372];
  const [right, answers] = [425, 872];
  return {
    'reported numbers': {
      defects: [
        'The results are those of another model: one epoch on 500 examples, of which 428 are right; none of the planned data sets has so few.',
        'The benchmark is 872 examples with two answers, of which 425 are right: what a coin does.',
        'No learning rate is adapted in what is reported, and nothing is compared.',
      ],
      figures: [
        {
          name: 'examples',
          description: `examples that ${rate} in a second for ${seconds} s make`,
          stated: 500,
        },
        {
          name: 'coin',
          description: `probability that a coin is as far from half as ${right} of ${answers}`,
        },
      ],
      epochs: 1,
      async *program() {
        yield await Promise.resolve(null);
        return {
          figures: { examples: rate * seconds, coin: binomialTest(right, answers) },
          series: {},
        };
      },
    },
  };
}
