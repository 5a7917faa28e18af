import { type ByteWriter, byteWriter } from './bytes.js';
import {
  type Body,
  type FunctionIndex,
  type Local,
  type ValueType,
  functionBody,
  typeCodes,
} from './encoder.js';

export interface Signature {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface ModuleBuilder {
  /** Must come before the first `function`. */
  readonly importFunction: (name: string, signature: Signature) => FunctionIndex;
  readonly function: (
    signature: Signature,
    emit: (f: Body, ...params: readonly Local[]) => void,
  ) => FunctionIndex;
  readonly exportFunction: (name: string, index: FunctionIndex) => void;
  /** The module's bytes. It imports the memory `host.memory` of at least `pages` pages of 64 KiB. */
  readonly finish: (pages: number) => Uint8Array<ArrayBuffer>;
}

export function moduleBuilder(): ModuleBuilder {
  const types = section();
  const imports = section();
  const declarations = section();
  const exports = section();
  const typeNumbers = new Map<string, number>();
  const bodies: Uint8Array[] = [];

  function typeOf({ params, results }: Signature): number {
    const key = `${params.join()} ${results.join()}`;
    let type = typeNumbers.get(key);
    if (type === undefined) {
      typeNumbers.set(key, (type = typeNumbers.size));
      types.add(({ byte, unsigned }) => {
        byte(0x60);
        for (const list of [params, results]) {
          unsigned(list.length);
          for (const each of list) byte(typeCodes[each]);
        }
      });
    }
    return type;
  }

  return {
    importFunction(name, signature) {
      const type = typeOf(signature);
      return imports.add(({ byte, sized, unsigned }) => {
        sized(text('host'));
        sized(text(name));
        byte(0x00);
        unsigned(type);
      });
    },
    function(signature, emit) {
      const type = typeOf(signature);
      const slot = declarations.add(({ unsigned }) => {
        unsigned(type);
      });
      const { body, finish } = functionBody(signature.params.length);
      emit(body, ...signature.params.keys());
      bodies[slot] = finish();
      return imports.count() + slot;
    },
    exportFunction(name, index) {
      exports.add(({ byte, sized, unsigned }) => {
        sized(text(name));
        byte(0x00);
        unsigned(index);
      });
    },
    finish(pages) {
      imports.add(({ byte, sized, unsigned }) => {
        sized(text('host'));
        sized(text('memory'));
        byte(0x02);
        byte(0x00);
        unsigned(pages);
      });
      const code = section();
      for (const body of bodies)
        code.add(({ sized }) => {
          sized(body);
        });
      const module = byteWriter(code.length() + 4096);
      module.bytes(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00));
      [types, imports, declarations, exports, code].forEach((part, i) => {
        if (part.count() === 0) return;
        module.byte([1, 2, 3, 7, 10][i]);
        module.sized(part.written());
      });
      return module.written();
    },
  };
}

/** A list of items behind their number. */
function section(): {
  /** Returns the item's number. */
  readonly add: (write: (to: ByteWriter) => void) => number;
  readonly count: () => number;
  readonly length: () => number;
  readonly written: () => Uint8Array;
} {
  const items = byteWriter(256);
  let count = 0;
  return {
    add(write) {
      write(items);
      return count++;
    },
    count: () => count,
    length: items.length,
    written() {
      const whole = byteWriter(items.length() + 8);
      whole.unsigned(count);
      whole.bytes(items.written());
      return whole.written();
    },
  };
}

const text = (value: string): Uint8Array => Uint8Array.from(value, (c) => c.charCodeAt(0));
