/** Imported by every entry of the package: gives tensors their methods, and operations what computes them. */
import { eager } from './backends/eager.js';
import { setEagerInterpreter } from './core/dispatch.js';
import './methods.js';

setEagerInterpreter(eager);
