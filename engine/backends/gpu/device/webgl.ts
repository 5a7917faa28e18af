/** What we use of WebGL, to read a name. TypeScript declares it only together with the whole DOM. */
interface WebGl {
  readonly RENDERER: number;
  getExtension(name: 'WEBGL_debug_renderer_info'): { readonly UNMASKED_RENDERER_WEBGL: number } | null;
  getParameter(name: number): unknown;
}

type Canvas = new (
  width: number,
  height: number,
) => {
  getContext(kind: 'webgl2'): WebGl | null;
};

/** The driver that draws, by its own name, as in `ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device), SwiftShader driver)`. */
export function rendererName(): string {
  const { OffscreenCanvas } = globalThis as { readonly OffscreenCanvas?: Canvas };
  const context = OffscreenCanvas && new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!context) return 'the graphics driver';
  const unmasked = context.getExtension('WEBGL_debug_renderer_info');
  return String(context.getParameter(unmasked?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER));
}
