import './methods.js';

export { type DType, type TypedArray } from './core/dtype.js';
export {
  DTypeError,
  FormatError,
  ShapeError,
  TrackedReadError,
  UnreachedError,
  UsageError,
} from './core/errors.js';
export type { GpuExecutable, GpuOptions } from './backends/gpu/gpu.js';
export type { DeviceInfo, Execution, GpuMode } from './backends/gpu/program.js';
export { type Shape } from './core/shape.js';
export { type NestedArray } from './core/array.js';
export { fromTypedArray, tensor } from './core/create.js';
export { type Node, Tensor, type Traced, peek } from './core/tensor.js';
export type { BackwardStep } from './core/backwardWatch.js';
export type { Application, Flat, GradientRule, Operation, Vjp } from './core/dispatch.js';
export type * as ir from './ir/index.js';
export {
  type Path,
  type Replace,
  type Tree,
  type TensorTree,
  leavesOf,
  mapTree,
  zipTrees,
} from './core/tree.js';
export { type FloatArray, Generator, type GeneratorState } from './core/rng.js';
export { RandomState } from './core/numpyRandom.js';
export { hessian, hvp, jacobian, jvp } from './derivatives.js';
export { type GradOptions, type Scalar, grad, valueAndGrad, vjp } from './grad.js';
export {
  type TensorLike,
  add,
  atan,
  cast,
  cos,
  div,
  eq,
  erf,
  exp,
  expm1,
  floor,
  log,
  log1p,
  lt,
  maximum,
  mul,
  neg,
  permute,
  pow,
  reshape,
  sigmoid,
  sin,
  softplus,
  sqrt,
  stopGradient,
  sub,
  tanh,
  where,
} from './primitives/index.js';
export * from './ops/index.js';
export { variance as var } from './ops/index.js';
export { type GradcheckOptions, assertGradients, gradcheck } from './check/gradcheck.js';
export { type GradientMatchers, gradientMatchers } from './check/matcher.js';
export { NonFiniteError, type NonFiniteOrigin, trapNonFinite } from './check/nan.js';
export { type GradcheckReport, GradientError, type GradientProblem } from './check/report.js';
export {
  type BackwardAccount,
  type BackwardContribution,
  type BackwardStage,
  type CotangentSummary,
  explainBackward,
} from './inspect/backward.js';
export { type Graph, type GraphNode, graphOf } from './inspect/graph.js';
export { graphToDot, graphToText } from './inspect/print.js';
export { formatNpy, formatNpz, parseNpy, parseNpz } from './io/npy.js';
export type { Choice } from './plan/auto.js';
export {
  type BackendName,
  type BackendOptions,
  type Compilation,
  type CompileOptions,
  runPlansOn,
} from './plan/compilation.js';
export { type Compiled, compile } from './plan/compile.js';
export { type AsyncCompilation, type CompiledAsync, compileAsync } from './plan/compileAsync.js';
export { deviceThreadAt, gpuDevice } from './plan/devices.js';
export type { LoweredFunction } from './plan/lowerFunction.js';
export type { MemoryUse } from './plan/memory.js';
export type { Equation, Literal, Plan, Variable } from './plan/plan.js';
export type { Program } from './plan/program.js';
export { remat } from './plan/remat.js';
export { repeat } from './plan/repeat.js';
export { keep } from './plan/resident.js';
export type { Structure } from './plan/structure.js';
export { type Signatures, trace } from './plan/trace.js';
export type { PerAxis } from './primitives/window.js';
