/** Every mistake in a module for `metagrad compare` is one error that names file and export, before any trial. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { capturePrints, metagrad, printed } from './commandLine.js';
import { folder, moduleOf } from './ruleModules.js';

capturePrints();

const runs = join(folder, 'runs');

/** What is printed when a module is compared, after the path of the module. */
async function refusalOf(text: string): Promise<string> {
  const path = moduleOf(`refused${refusals++}`, text);
  const options = ['--tasks', 'mnist1d,spirals', '--baselines', 'sgd', '--workers', '1', '--out', runs];
  expect(await metagrad('compare', path, ...options)).toBe(1);
  expect(printed.err.trimEnd().split('\n')).toHaveLength(1);
  expect(printed.err).toContain(path);
  expect(existsSync(runs)).toBe(false);
  return printed.err.slice(printed.err.indexOf(path) + path.length).trimEnd();
}
let refusals = 0;

describe('a module', () => {
  test.each([
    ['export const other = 1;', ': exports no rule, but other; export what defineRule returns as default.'],
    ['', ': exports no rule, but nothing; export what'],
    ['export default {;', '; mend the module.'],
    ["throw new Error('boom');", ': Error: boom; mend the module.'],
    [
      'export default 3;',
      ", export 'default': must be a rule, as defineRule returns, or a function that returns one, and is the number 3.",
    ],
    [
      'export const rule = {};',
      ", export 'rule': must be a rule, as defineRule returns, or a function that returns one, and is an object with nothing in it.",
    ],
    [
      'export default () => {};',
      "export 'default': must be a rule, as defineRule returns, or a function that returns one, and returns undefined.",
    ],
    [
      'export default () => null.x;',
      ", export 'default': the function throws when it is called without arguments (TypeError: ",
    ],
    [
      "export default { name: 'a', presets: {}, programs() {} };",
      ", export 'default': is a study, not a rule; run it by metagrad run ",
    ],
    [
      "export default learnHypers(adam(), { lr: 'log' });",
      ", export 'default': is a learned optimizer, which needs meta-training",
    ],
    [
      "export default { ...plain(), hyper: { lr: { initial: -1, domain: 'positive' } } };",
      ", export 'default': defineRule: plain: lr = -1 makes no sense",
    ],
    [
      'export default adam;',
      ", export 'default': the rule is called 'adam', as a baseline is; give it another name",
    ],
    [
      "export default plain(); export const name = 'sgd';",
      ", export 'name': 'sgd' is the name of a baseline",
    ],
    [
      'export default plain(); export const name = 3;',
      ", export 'name': must be the name of the arm, a text, and is the number 3.",
    ],
  ])('%s', async (text, message) => {
    expect(await refusalOf(text)).toContain(message);
  });
});

describe('what is tuned', () => {
  const momentum = 'export default plain({ hyper: { lr: positive(0.1), momentum: unit(0.9) } });';
  test.each([
    [
      'export default plain({ hyper: { rate: positive(0.1) } });',
      ", export 'default': the rule has no hyper-parameter 'lr' to tune (it has rate); say by space = {rate: {low: ..., high: ..., log: true}} what",
    ],
    [
      'export default plain({ hyper: { lr: unit(0.1) } });',
      ", export 'default': without a space, lr is tuned from 0.00001 to 1: lr = 1 makes no sense; it must be at least 0 and below 1.",
    ],
    [
      `${momentum} export const space = { momentun: { low: 0, high: 0.9 } };`,
      ", export 'space': plain has no hyper-parameter 'momentun'; it has lr, momentum. Did you mean 'momentum'?",
    ],
    [
      'export default plain(); export const space = { lr: { low: 1, high: 0.1, log: true } };',
      ", export 'space': must be ranges by hyper-parameter, as in {lr: {low: 1e-4, high: 1, log: true}}: lr: low must not be above high.",
    ],
    ['export default plain(); export const space = { lr: { low: 0.1, hihg: 1 } };', 'lr.hihg'],
    [
      'export default plain(); export const space = { lr: [1, 2] };',
      ", export 'space': lr must be a range, as in {low: 0, high: 0.99} or {low: 1e-4, high: 1, log: true}, or {choices: [...]}, and is an array of 2.",
    ],
    [
      'export default plain(); export const space = { lr: { min: 1, max: 2 } };',
      'or {choices: [...]}, and is an object with min, max.',
    ],
    ['export default plain(); export const space = () => ({});', ", export 'space': must be ranges by"],
    [
      `${momentum} export const space = { momentum: { low: 0, high: 1 } };`,
      ", export 'space': momentum = 1 makes no sense; it must be at least 0 and below 1.",
    ],
    [
      `${momentum} export const space = { momentum: { low: 0, high: 0.99999999 } };`,
      ", export 'space', in float32: momentum = 1 makes no sense",
    ],
    [
      "export default plain(); export const space = { lr: { choices: ['small'] } };",
      ", export 'space': lr must be a number; got 'small'.",
    ],
    [
      'export default plain(); export const sapce = { lr: { low: 1e-5, high: 0.1, log: true } };',
      ", export 'sapce': is not read, and is an object with lr. Did you mean 'space'?",
    ],
  ])('%s', async (text, message) => {
    expect(await refusalOf(text)).toContain(message);
  });
});

describe('a rule that fails on the parameters of the task', () => {
  const states = 'init: (params) => ({ m: params })';
  test.each([
    [
      'update: ({ grads }) => grads.foo.bar',
      /TypeError: Cannot read properties of undefined \(reading 'bar'\) \(.*\.js:\d+:\d+\)$/,
    ],
    ["init() { throw new Error('not today'); }", /Error: not today/],
    [
      'init() {}',
      /plain: init must return the state, trees of tensors by name, as in \{\} or \{m\}; it returned undefined\.$/,
    ],
    ['update() {}', /plain: update must return \{deltas, state\}; it returned undefined\.$/],
    [
      'update: () => ({ state: {} })',
      /plain: update must return \{deltas, state\}; it returned an object with state\.$/,
    ],
    [
      'update: ({ grads }) => ({ deltas: mapTree(grads, (grad) => sum(grad)), state: {} })',
      /the delta of layers\.0\.weight is float32\[\], the parameter float32\[100,40\]; they must agree\.$/,
    ],
    [
      "update: ({ grads }) => ({ deltas: mapTree(grads, (grad) => cast(grad, 'float64')), state: {} })",
      /the delta of layers\.0\.weight is float64\[100,40\]/,
    ],
    ['update: ({ grads }) => ({ deltas: grads.layers, state: {} })', /the delta lacks layers\.0\.weight/],
    [
      `${states}, update: ({ grads }) => ({ deltas: grads, state: {} })`,
      /plain, state after the update: it lacks m\.layers\.0\.weight/,
    ],
    [
      `${states}, update: ({ grads }) => ({ deltas: grads, state: { m: mapTree(grads, (grad) => sum(grad)) } })`,
      /plain, state: m\.layers\.0\.weight is float32\[100,40\] before the update and float32\[\] after it/,
    ],
    [
      'update: ({ grads, hyper }) => ({ deltas: mapTree(grads, (grad) => mul(grad, -hyper.lr.item())), state: {} })',
      /item: the tensor of shape \[\] is being traced/,
    ],
  ])('%s', async (changes, message) => {
    const refusal = await refusalOf(`export default plain({ ${changes} });`);
    expect(refusal).toMatch(/^, export 'default': the rule fails on MNIST-1D: /);
    expect(refusal).toMatch(message);
  });
});

describe('a formula of one parameter that returns something else', () => {
  test.each([
    ['async ({ grad, slots }) => ({ delta: grad, slots })', 'and returned a Promise; it must not be async.'],
    [
      '() => {}',
      'perParameter: the function that update returns must return {delta, slots: {m}}, and returned undefined.',
    ],
    [
      '({ grad, slots }) => ({ dleta: grad, slots })',
      '{delta, slots: {m}}, all tensors, and delta is undefined.',
    ],
    ['({ slots }) => ({ delta: 0.1, slots })', 'all tensors, and delta is the number 0.1.'],
    ['({ grad }) => ({ delta: grad })', 'all tensors, and slots.m is undefined.'],
  ])('%s', async (formula, message) => {
    const made = `perParameter({ slots: { m: (param) => param }, update: () => ${formula} })`;
    expect(await refusalOf(`export default plain(${made});`)).toContain(message);
  });

  test('no formula', async () => {
    const made = 'perParameter({ slots: {}, update: ({ lr }) => ({ delta: lr, slots: {} }) })';
    expect(await refusalOf(`export default plain(${made});`)).toContain(
      'perParameter: update must return a function of {param, grad, slots}, and returned an object with delta, slots.',
    );
  });
});

describe('names on the command line', () => {
  test.each([
    [
      ['--baselines', 'adam,sdg'],
      "There is no baseline 'sdg'; there are adam, adamw, sgd, cosine, plateau. Did you mean 'sgd'?",
    ],
    [['--baselines', 'adam,adam'], "The baseline 'adam' is named twice."],
    [['--tasks', 'spirals,spirals'], "The task 'spirals' is named twice."],
    [['--baselines', 'adam,'], 'A name is empty; names are separated by commas without spaces, as in a,b.'],
    [
      ['--tasks', 'mnist-1d'],
      "There is no task 'mnist-1d'; there are mnist1d, spirals, teacher. Did you mean 'mnist1d'?",
    ],
    [['--streams', 'separate'], 'Allowed choices are shared, apart.'],
    [['--mode', 'webgpu'], 'compare: --mode webgpu goes only with --backend gpu or auto.'],
  ])('%s', async (words, message) => {
    expect(await metagrad('compare', moduleOf('plain', 'export default plain();'), ...words)).toBe(2);
    expect(printed.err).toContain(message);
    expect(printed.err.trimEnd().split('\n')).toHaveLength(1);
  });

  test('the path of no file', async () => {
    const path = join(folder, 'none.js');
    expect(await metagrad('compare', path)).toBe(1);
    expect(printed.err).toContain(`there is no file ${path}; give the path of a JavaScript module.`);
  });
});
