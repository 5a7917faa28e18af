/** Files of tensors and tables. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readCsv, readMnist1d, unpickle } from '../../../../data/index.js';
import { Generator, parseNpy, parseNpz, tensor } from '../../../../engine/index.js';
import { formatSafetensors, parseSafetensors } from '../../../../engine/io/safetensors.js';
import { packageInfo } from '../../../../experiments/files/packageInfo.js';
import { adam, formatSnapshot, restoreSnapshot, trainer } from '../../../../optimizers/index.js';
import { npyHeader, safetensorsHeader, zipEntry } from '../containers.js';
import type { Files, Reader } from '../reader.js';

/** The fixtures of a folder with an ending, each as the file that a reader reads. */
export function fixtures(folder: string, ending: string): Files[] {
  const path = join(packageInfo().root, 'test/fixtures', folder);
  return readdirSync(path)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => ({ [`input${ending}`]: new Uint8Array(readFileSync(join(path, name))) }));
}

const only = (files: Files): Uint8Array => Object.values(files)[0];

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const npyWords = [
  "'descr': '<f8', ",
  "'<i8'",
  "'|O'",
  "'|V8'",
  'True',
  'None',
  '(',
  ')',
  '9999999999, ',
  '((',
  '\n',
];

/** Instructions of the machine that reads pickles. */
const pickleWords = [
  ...[
    '(',
    ')',
    ']',
    '}',
    'N',
    '.',
    'a',
    'e',
    's',
    'u',
    't',
    'l',
    'd',
    '0',
    '1',
    '2',
    'R',
    'b',
    '\x85',
    '\x86',
    '\x87',
  ],
  ...[
    'q\x00',
    'h\x00',
    'h\x01',
    '\x94',
    '](',
    'K\x01',
    ']q\x00',
    'h\x00h\x00h\x00',
    '2e',
    '(h\x00h\x00e',
    '}2s',
    ']2a',
  ],
  ...[
    'X\xff\xff\xff\x7f',
    '\x8e\xff\xff\xff\xff\xff\xff\xff\x0f',
    'I1\n',
    'L9999L\n',
    'F1e999\n',
    "S'a'\n",
    'Vx\\u0041\n',
  ],
  ...[
    'cnumpy\nndarray\n',
    'cnumpy\ndtype\n',
    'cnumpy.core.multiarray\n_reconstruct\n',
    'cnumpy.core.multiarray\nscalar\n',
  ],
  ...['c__builtin__\neval\n', '\x8b\xff\xff\xff\x7f', '\x8a\xff', 'p9\n', 'g0\n'],
];

const tables = [
  'a,b,label\n1,2,u\n3.5,-4e-3,v\n0,7,u\n',
  '\ufeff"first, one","second ""x""",label\r\n1,2,"u\nv"\r\n3,4,w\r\n',
  `label,${Array.from({ length: 40 }, (_, i) => `c${i}`).join(',')}\n${`7${',1.25'.repeat(40)}\n`.repeat(5)}`,
];

const training = (() => {
  const training = trainer(
    adam(),
    {
      layer: {
        weight: tensor([
          [1, 2],
          [3, 4],
        ]),
        bias: tensor([0.5, 0.25]),
      },
    },
    { lr: 0.1 },
  );
  training.step(({ layer }) => layer.weight.mul(layer.weight).sum().add(layer.bias.sum()));
  return training;
})();

export const arrayReaders: readonly Reader[] = [
  {
    name: 'npy',
    weight: 3,
    patience: 5,
    samples: () => fixtures('npy', '.npy'),
    mayRefuse: true,
    words: npyWords,
    containers: [npyHeader],
    read: (files) => parseNpy(only(files)),
  },
  {
    name: 'npz',
    weight: 2,
    // Up to 1 GiB is inflated.
    patience: 20,
    samples: () => fixtures('npy', '.npz'),
    mayRefuse: true,
    words: ['PK\x03\x04', 'PK\x01\x02', 'PK\x05\x06', '.npy'],
    containers: [zipEntry],
    read: (files) => parseNpz(only(files)),
  },
  {
    name: 'safetensors',
    weight: 3,
    patience: 5,
    samples: () =>
      [
        {
          a: tensor([1, 2, 3]),
          'b.c': tensor([[1], [2]], { dtype: 'int32' }),
          d: tensor(7, { dtype: 'float64' }),
        },
        { '0': tensor([]), x: tensor([0.5]) },
      ].map((tensors) => ({
        'input.safetensors': formatSafetensors(tensors, { format: 'pt', 'a "name"': '{"x":[1]}' }),
      })),
    words: ['"', '\\"', '{', '}', ',', '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},', '[', ' '],
    containers: [safetensorsHeader],
    read: (files) => parseSafetensors(only(files)),
  },
  {
    name: 'snapshot',
    weight: 3,
    patience: 5,
    samples: () => [{ 'input.safetensors': formatSnapshot(training, { generator: new Generator(7) }) }],
    containers: [safetensorsHeader],
    read: (files) => restoreSnapshot(only(files), training, ['params', 'state', 'steps', 'generator']),
  },
  {
    name: 'generator',
    weight: 1,
    patience: 5,
    samples() {
      const generator = new Generator(3);
      generator.normal(5);
      return [{ 'input.json': encode(JSON.stringify(generator.state())) }];
    },
    read(files) {
      let state: unknown;
      try {
        state = JSON.parse(new TextDecoder().decode(only(files)));
      } catch {
        return null; // whoever calls fromState has parsed it before
      }
      return Generator.fromState(state as never).normal(20);
    },
  },
  {
    name: 'pickle',
    weight: 5,
    patience: 5,
    samples: () => fixtures('pickle', '.pkl'),
    mayRefuse: true,
    words: pickleWords,
    read: (files) => unpickle(only(files)),
  },
  {
    name: 'mnist1d',
    weight: 2,
    patience: 5,
    samples: () => fixtures('mnist1d', '.pkl'),
    words: pickleWords,
    read: (files) => readMnist1d(only(files)),
  },
  {
    name: 'csv',
    weight: 3,
    patience: 5,
    samples: () => tables.map((table) => ({ 'input.csv': encode(table) })),
    words: [',', '"', '""', '\n', '\r', '"\n', ' ', '\t', ';', '1e999', '16777217', 'label'],
    read: (files) => readCsv(new TextDecoder().decode(only(files)), { label: 'label' }),
  },
];
