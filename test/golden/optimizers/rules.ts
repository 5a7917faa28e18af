import {
  type Rule,
  adadelta,
  adagrad,
  adam,
  adamW,
  nAdam,
  rAdam,
  rmsprop,
  sgd,
  trainer,
} from '../../../optimizers/index.js';
import { type Comparison, type GoldenRule, type Problem, loss } from './problem.js';

type Arguments = Readonly<Record<string, unknown>>;

/** By the first word of a name in the file. The reference is PyTorch 1.13, whose NAdam has one mu too many. */
const rules: Readonly<Record<string, (given: Arguments) => Rule>> = {
  sgd: ({ nesterov }) => sgd({ nesterov: nesterov === true }),
  adam: ({ amsgrad }) => adam({ amsgrad: amsgrad === true }),
  amsgrad: ({ amsgrad }) => adam({ amsgrad: amsgrad === true }),
  adamw: ({ amsgrad }) => adamW({ amsgrad: amsgrad === true }),
  rmsprop: ({ centered }) => rmsprop({ centered: centered === true }),
  adagrad: () => adagrad(),
  adadelta: () => adadelta(),
  nadam: () => nAdam({ muTwice: true }),
  radam: () => rAdam(),
};

const structural = ['nesterov', 'amsgrad', 'centered'];

/** PyTorch's arguments where their names are not ours in snake case. */
const names: Readonly<Record<string, string>> = { initial_accumulator_value: 'initialTotal' };

export const isRule = (name: string): boolean => Object.hasOwn(rules, name.split('_')[0]);

/** Ordinary training through the file's batches. */
export function checkRule(
  name: string,
  { hyper, ...golden }: GoldenRule,
  problem: Problem,
  { checkAll }: Comparison,
): void {
  const training = trainer(rules[name.split('_')[0]](hyper), problem.params, hyperOf(hyper));
  const losses = problem.train.map((batch) => training.step((params) => loss(params, batch)).loss);
  checkAll({ losses, params: training.params }, golden);
}

function hyperOf(given: Arguments): Record<string, number> {
  const numbers = Object.entries(given).flatMap(([name, value]) => {
    if (structural.includes(name)) return [];
    if (name === 'betas') {
      const [beta1, beta2] = value as readonly number[];
      return Object.entries({ beta1, beta2 });
    }
    return [
      [names[name] ?? name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), value as number],
    ];
  });
  return Object.fromEntries(numbers) as Record<string, number>;
}
