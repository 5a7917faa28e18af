import { contiguousStrides } from '../../ir/layout.js';
import type { ScalarExpression } from '../../ir/expression.js';
import { isControlStep } from '../../ir/control.js';
import type { StepSpec } from '../../ir/kernel.js';
import type { ControlStep, LoweredPlan, Operand, Row, Stages, Step } from '../../ir/plan.js';
import { formatExpression } from '../fuse/expression.js';
import { formatSignature } from '../trace/format.js';

/**
 * One line a step, as in `b4:float32[2,3] = map b0 + b1`; operands that are views show their strides. A step that is in one
 * stage with the step before it begins with a bar. What is inside of a step is indented.
 */
export function printSteps({ inputs, literals, stages, outputs }: LoweredPlan): string {
  const constants = literals.map(({ buffer, data }) =>
    data.length === 1 ? `b${buffer}=${data[0]}` : `b${buffer}(${data.length} numbers)`,
  );
  return [
    `arguments ${inputs.map((buffer) => `b${buffer}`).join(' ')}`,
    ...(constants.length > 0 ? [`literals ${constants.join(' ')}`] : []),
    ...printStages(stages),
    `return ${outputs.map(printOperand).join(' ')}`,
  ].join('\n');
}

const printStages = (stages: Stages): readonly string[] =>
  stages.flatMap((stage) =>
    stage.flatMap((step, i) => {
      const [first, ...inner] = printStep(step);
      return [`${i === 0 ? ' ' : '|'} ${first}`, ...inner.map((line) => `    ${line}`)];
    }),
  );

function printStep(step: Step): readonly string[] {
  const outputs = step.outputs.map(printOperand).join(' ');
  if (isControlStep(step)) return printControl(step, outputs);
  const operands = step.inputs.map(printOperand);
  return [`${outputs}:${formatSignature(step.signature)} = ${printKernel(step.spec, operands)}`];
}

function printControl({ spec, inputs }: ControlStep, outputs: string): readonly string[] {
  if (spec.family === 'choice') {
    const [first, second] = spec.branches.map(printStages);
    return [`${outputs} = if ${printOperand(inputs[0])}`, ...first, 'else', ...second];
  }
  const order = spec.reverse ? ', the last row first' : '';
  return [`${outputs} = ${spec.count} times${order}`, ...spec.rows.map(printRow), ...printStages(spec.body)];
}

/** As in `b7 is a row of b3`. */
const printRow = ({ buffer, first, stride }: Row): string =>
  `b${buffer} is a row of b${first.buffer} (${stride}${first.offset === 0 ? '' : `@${first.offset}`})`;

function printKernel(spec: StepSpec, operands: readonly string[]): string {
  switch (spec.family) {
    case 'map':
      return `map ${formatExpression(spec.expression, operands)}`;
    case 'maps':
      return `map ${printResults(spec.expressions, operands)}`;
    case 'reduce':
      return `${spec.reduction} over [${spec.axes.join()}] of ${spec.expression === undefined ? operands[0] : formatExpression(spec.expression, operands)}`;
    case 'matmul': {
      const product = `${operands[0]} x ${operands[1]}`;
      if (spec.epilogue === undefined) return `matmul ${product}`;
      return `matmul ${product} then ${formatExpression(spec.epilogue, ['y', ...operands.slice(2)])}`;
    }
    case 'copy':
      return `copy ${operands.join(' ')} into ${spec.fill}`;
    case 'index':
      return `${spec.access} ${operands.join(' ')} along ${spec.axis}`;
    case 'sort':
      return `sort ${operands[0]} along ${spec.axis}${spec.descending ? ', descending' : ''}`;
    case 'window':
      return `${spec.access} ${operands.join(' ')}`;
    case 'conv':
      return `conv ${spec.result} ${operands.join(' ')}`;
    case 'linalg':
      return `${spec.result} ${operands.join(' ')}${spec.result === 'solveTriangular' ? ` ${spec.unit ? 'unit ' : ''}${spec.upper ? 'upper' : 'lower'}` : ''}`;
  }
}

/** As in `y0 = (0.9 * b1), y1 = (b2 + y0)`. */
function printResults(expressions: readonly ScalarExpression[], operands: readonly string[]): string {
  const names = new Map<ScalarExpression, string>();
  const lines = expressions.map((expression, i) => {
    const text = formatExpression(expression, operands, names);
    names.set(expression, `y${i}`);
    return `y${i} = ${text}`;
  });
  return lines.join(', ');
}

function printOperand({ buffer, shape, strides, offset }: Operand): string {
  const dense = contiguousStrides(shape);
  const isDense = offset === 0 && strides.every((stride, i) => stride === dense[i] || shape[i] === 1);
  if (isDense) return `b${buffer}`;
  return `b${buffer}(${strides.join()}${offset === 0 ? '' : `@${offset}`})`;
}
