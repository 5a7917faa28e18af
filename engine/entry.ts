/** Imported by every entry of the package: adds the methods of tensors, and sets the interpreter that computes operations. */
import { eager } from './backends/eager.js';
import { setEagerInterpreter } from './core/dispatch.js';
import './methods.js';

setEagerInterpreter(eager);
