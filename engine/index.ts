/** Tensors and their operations, gradients of any order and their checks, compiled functions, and the files of NumPy. */
import './entry.js';

export type { DType, Shape, TypedArray } from './ir/kernel.js';
export {
  DTypeError,
  FormatError,
  LinAlgError,
  ShapeError,
  TrackedReadError,
  UnreachedError,
  UsageError,
} from './core/errors.js';
export type { Executable, Repetition } from './backends/executable.js';
export { eagerProducts } from './backends/products.js';
export type { Features as WasmFeatures, SimdWidth } from './backends/wasm/assembler/features.js';
export type { GpuExecutable, GpuOptions } from './backends/gpu/gpu.js';
export type { DeviceInfo, Execution, GpuMode } from './backends/gpu/lower/program.js';
export { group } from './core/group.js';
export { type NestedArray } from './core/nestedArray.js';
export { type TensorOptions, fromTypedArray, tensor } from './core/create.js';
export {
  type Application,
  type Flat,
  type GradientRule,
  type MultiApplication,
  type MultiOperation,
  type Node,
  type Operation,
  type Siblings,
  Tensor,
  type Traced,
  type Vjp,
  peek,
} from './core/tensor.js';
export type { BackwardStep } from './grad/onVjp.js';
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
export { type FloatArray, Generator, type GeneratorState } from './random/generator.js';
export { RandomState } from './random/numpy.js';
export { hvp, jvp, vjp } from './grad/derivatives.js';
export { type Scalar, grad, valueAndGrad } from './grad/grad.js';
export type { GradOptions } from './grad/gradOptions.js';
export {
  type MaybeBatched,
  type TensorLike,
  cast,
  permute,
  reshape,
  stopGradient,
  where,
} from './primitives/index.js';
export * from './primitives/elementwise.js';
export * from './ops/index.js';
export { softplus, variance as var } from './ops/index.js';
export { type GradcheckOptions, assertGradients, gradcheck } from './check/gradcheck.js';
export type { GradientLike, GradientsLike, OwnGradient } from './check/ownGradient.js';
export { type GradientMatchers, gradientMatchers } from './check/matcher.js';
export { NonFiniteError, type NonFiniteOrigin, trapNonFinite } from './check/nan.js';
export { type GradcheckReport, GradientError, type GradientProblem } from './check/report.js';
export type {
  BackwardAccount,
  BackwardContribution,
  BackwardStage,
  CotangentSummary,
} from './inspect/account.js';
export { explainBackward } from './inspect/backward.js';
export { type Graph, type GraphNode, graphOf } from './inspect/graph.js';
export type { GraphGroup } from './inspect/groups.js';
export type { TensorNumbers } from './inspect/numbers.js';
export { graphToDot } from './inspect/dot.js';
export { graphToSvg } from './inspect/svg.js';
export { graphToText } from './inspect/text.js';
export { formatNpy, formatNpz, parseNpy, parseNpz } from './io/npy.js';
export type { Choice } from './plan/auto/auto.js';
export {
  type BackendName,
  type BackendOptions,
  type Compilation,
  type CompileOption,
  type CompileOptions,
} from './plan/run/backends.js';
export { type Compiled, compile } from './plan/run/compile.js';
export {
  type AsyncCompilation,
  type CompileAsyncOptions,
  type CompiledAsync,
  compileAsync,
} from './plan/run/compileAsync.js';
export { deviceThreadAt, gpuDevice, wasmFeatures } from './plan/run/devices.js';
export type { LoweredFunction } from './plan/run/build.js';
export type { Alias } from './plan/memory/donate.js';
export type { MemoryUse } from './plan/memory/memory.js';
export type { PassReport } from './plan/passes.js';
export type {
  Choice as PlanChoice,
  Control,
  ControlEquation,
  ControlOperation,
  Equation,
  Inline,
  Literal,
  Loop,
  Plan,
  PrimitiveEquation,
  Variable,
} from './plan/trace/plan.js';
export type { BoundPlan } from './plan/run/boundPlan.js';
export * from './nn/recurrent/index.js';
export type { BatchAxes } from './control/batchAxes.js';
export { hessian, jacobian } from './control/jacobian.js';
export { remat } from './control/remat.js';
export { type VmapOptions, vmap } from './control/vmap.js';
export { cond } from './control/cond/cond.js';
export { type WhileOptions, whileLoop } from './control/whileLoop.js';
export { type CustomRule, customVjp } from './control/customVjp/customVjp.js';
export type { CotangentOf, CotangentsOf } from './control/customVjp/cotangents.js';
export { type ScanOptions, scan } from './control/scan/scan.js';
export { repeat } from './plan/run/repeat.js';
export { keep } from './plan/run/resident.js';
export type { Structure } from './plan/trace/structure.js';
export { type Signatures, trace } from './plan/trace/trace.js';
