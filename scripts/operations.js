/**
 * Writes docs/operations.md: every operation with its signature, the first sentence of its comment, and its names in PyTorch and NumPy,
 * which are in operationNames.json. With --check it writes nothing, and fails if the page is not what it would write.
 */
import console from 'node:console';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const page = join(root, 'docs/operations.md');

/** The sections of the page, and the files or folders with their operations. */
const sections = [
  [
    'Arithmetic and functions',
    [
      'primitives/elementwise',
      'ops/elementwise',
      'ops/functions/exponential',
      'ops/functions/trigonometric',
      'ops/functions/plane',
      'ops/functions/rounding',
      'ops/functions/clamp',
    ],
  ],
  ['Comparisons and choices', ['ops/functions/comparison', 'primitives/where']],
  ['Activations', ['ops/functions/activations']],
  ['Reductions', ['ops/reduce', 'ops/reductions/', 'ops/maskedSoftmax']],
  ['Order and running results', ['ops/order/']],
  ['Products', ['ops/linear', 'ops/products/', 'ops/attention']],
  ['Linear algebra', ['ops/linalg']],
  ['Shape', ['primitives/movement', 'ops/movement', 'ops/arrange/rearrange', 'ops/arrange/diagonals']],
  ['Indices and masks', ['ops/indexing', 'ops/arrange/scatter']],
  ['Creation', ['ops/create', 'ops/random', 'primitives/cast']],
  ['Convolution, pooling, interpolation', ['ops/windows/']],
  ['Normalization', ['ops/norms/']],
  ['Losses', ['ops/losses/']],
  ['Recurrent layers', ['nn/']],
  ['Gradients', ['primitives/cuts']],
];

/** The operations that the package exports, and those of them that tensors have as methods. */
function operations() {
  const entry = join(root, 'engine/index.ts');
  const program = ts.createProgram([entry], { ...options(), noEmit: true, types: [] });
  const checker = program.getTypeChecker();
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)));
  const tensor = exported.find(({ name }) => name === 'Tensor');
  const methods = new Set(
    checker
      .getDeclaredTypeOfSymbol(tensor)
      .getProperties()
      .map(({ name }) => name),
  );
  return exported.flatMap((each) => {
    const symbol = each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each;
    const declaration = symbol.valueDeclaration;
    if (declaration === undefined) return [];
    const file = relative(join(root, 'engine'), declaration.getSourceFile().fileName).replaceAll('\\', '/');
    if (!/^(ops|primitives|nn)\//.test(file)) return [];
    const [signature] = checker.getTypeOfSymbol(symbol).getCallSignatures();
    if (signature === undefined) return [];
    return [
      {
        name: each.name,
        file,
        isMethod: methods.has(each.name),
        signature: signatureText(checker, signature, declaration),
        comment: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
      },
    ];
  });
}

function options() {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, root).options;
}

/** As in `(x: Tensor, dim?: number): Tensor`. */
function signatureText(checker, signature, declaration) {
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;
  return checker
    .signatureToString(signature, declaration, flags)
    .replaceAll('readonly ', '')
    .replaceAll(' | undefined', '');
}

/** The first sentence of a comment, without its full stop. */
function firstSentence(comment) {
  const text = comment.replaceAll(/\s+/g, ' ').trim();
  return text.split(/\. (?=[A-Z`])/)[0].replace(/\.$/, '');
}

const code = (text) => (text === null ? '' : `\`${text.replaceAll('|', '\\|')}\``);

/** The cells of an operation. */
function row({ name, isMethod, signature, comment }, names) {
  if (names[name] === undefined)
    throw new Error(
      `${name} has no names in scripts/operationNames.json; add its names in PyTorch and NumPy, or null`,
    );
  const [torch, numpy] = names[name];
  return [
    `\`${name}\`${isMethod ? ' •' : ''}`,
    code(signature),
    firstSentence(comment).replaceAll('|', '\\|'),
    code(torch),
    code(numpy),
  ];
}

/** A table as Prettier writes it, with columns of equal width. */
function table(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((cells) => cells[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  const [head, ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

function text() {
  const names = JSON.parse(readFileSync(join(root, 'scripts/operationNames.json'), 'utf8'));
  const found = operations();
  const left = new Set(found);
  const tables = sections.flatMap(([title, files]) => {
    const own = files.flatMap((file) =>
      found.filter((each) => `${each.file.replace(/\.ts$/, '')}`.startsWith(file)),
    );
    own.forEach((each) => left.delete(each));
    if (own.length === 0) return [];
    return [
      `## ${title}`,
      table([
        ['operation', 'signature', 'result', 'PyTorch', 'NumPy, SciPy'],
        ...own.map((each) => row(each, names)),
      ]),
    ];
  });
  if (left.size > 0)
    throw new Error(
      `${[...left].map(({ name, file }) => `${name} of ${file}`).join(', ')}: in no section of scripts/operations.js`,
    );
  const unknown = Object.keys(names).filter((name) => found.every((each) => each.name !== name));
  if (unknown.length > 0)
    throw new Error(`${unknown.join(', ')} in scripts/operationNames.json: there are no such operations`);
  return [
    '# Operations',
    '<!-- Written by scripts/operations.js (npm run operations) from the code: edit the comments there. -->',
    `All ${found.length} operations of the package, with what they are called in PyTorch and in NumPy or SciPy. Those with a dot (•) are methods of ` +
      'tensors as well: `x.sum(0)` is `sum(x, 0)`. Types in signatures are exported; the comments in the code and `npm run docs` say more: ' +
      'shapes, errors, and values and slopes at kinks, which follow PyTorch unless they say otherwise.',
    ...tables,
  ]
    .join('\n\n')
    .concat('\n');
}

const wanted = text();
if (process.argv[2] !== '--check') writeFileSync(page, wanted);
else if (readFileSync(page, 'utf8') !== wanted) {
  console.error('docs/operations.md is stale: npm run operations');
  process.exitCode = 1;
}
