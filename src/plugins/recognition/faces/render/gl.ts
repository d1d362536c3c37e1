import { FORM_TERMS } from '../illumination/spherical-harmonics.js';
import { pixelMap, type ImageSize } from '../pose/camera.js';
import { modelToEye, rotation } from '../pose/pose.js';
import { vertexNormals } from './normals.js';
import type { Renderer, RenderScene } from './renderer.js';
import { shadeVertices } from './shading.js';

/** The parts of WebGL 1 used here; the package `gl` (headless-gl) has no types of its own that fit. */
interface WebGl {
  readonly [constant: string]: unknown;
  getParameter(name: number): unknown;
  getExtension(name: string): { destroy?(): void } | null;
  createShader(type: number): object;
  shaderSource(shader: object, source: string): void;
  compileShader(shader: object): void;
  createProgram(): object;
  attachShader(program: object, shader: object): void;
  bindAttribLocation(program: object, index: number, name: string): void;
  linkProgram(program: object): void;
  getProgramParameter(program: object, name: number): unknown;
  useProgram(program: object): void;
  createBuffer(): object;
  bindBuffer(target: number, buffer: object): void;
  bufferData(target: number, data: ArrayBufferView, usage: number): void;
  enableVertexAttribArray(index: number): void;
  vertexAttribPointer(
    index: number,
    size: number,
    type: number,
    normalised: boolean,
    stride: number,
    offset: number,
  ): void;
  enable(capability: number): void;
  cullFace(mode: number): void;
  viewport(x: number, y: number, width: number, height: number): void;
  clearColor(r: number, g: number, b: number, a: number): void;
  clear(mask: number): void;
  drawElements(mode: number, count: number, type: number, offset: number): void;
  readPixels(x: number, y: number, width: number, height: number, format: number, type: number, out: Uint8Array): void;
}

const VERTEX_SHADER = `
attribute vec4 place;
attribute vec3 tone;
varying vec3 colour;
void main() { gl_Position = place; colour = tone; }`;

const FRAGMENT_SHADER = `
precision highp float;
varying vec3 colour;
void main() { gl_FragColor = vec4(clamp(colour, 0.0, 1.0), 1.0); }`;

/**
 * Opens the renderer that draws through headless-gl (WebGL 1, the optional package `gl`), or tells in a word why it
 * can't: the package is not installed, or there is no display. Vertices are shaded as by the software renderer; GL does
 * projection's division, rasterisation, interpolation and the depth test, at as many samples a pixel. It makes no maps.
 */
export async function openGlRenderer(
  vertices: number,
  triangles: Uint32Array,
  size: ImageSize,
  supersampling = 2,
): Promise<GlRenderer | string> {
  const packageName = 'gl';
  let create: (width: number, height: number, options: object) => WebGl | null;
  try {
    const loaded = (await import(packageName)) as { readonly default: typeof create };
    create = loaded.default;
  } catch {
    return 'the optional package gl is not installed';
  }
  let context: WebGl | null;
  try {
    context = create(size.width * supersampling, size.height * supersampling, { antialias: false, alpha: true });
  } catch {
    context = null;
  }
  if (context === null) return 'gl opens no context; it needs a display, such as xvfb-run';
  if (context.getExtension('OES_element_index_uint') === null) return 'gl lacks 32-bit indices';
  return new GlRenderer(context, vertices, triangles, size, supersampling);
}

export class GlRenderer implements Renderer {
  readonly name = 'gl';
  /** What draws, in the words of the package. */
  readonly device: string;
  readonly size: ImageSize;
  readonly #gl: WebGl;
  readonly #triangles: Uint32Array;
  readonly #scale: number;
  readonly #places: { readonly buffer: object; readonly data: Float32Array };
  readonly #tones: { readonly buffer: object; readonly data: Float32Array };
  readonly #normals: Float32Array;
  readonly #samples: Uint8Array;
  readonly #form = new Float64Array(3 * FORM_TERMS);

  constructor(gl: WebGl, vertices: number, triangles: Uint32Array, size: ImageSize, scale: number) {
    this.#gl = gl;
    this.device = `${String(gl.getParameter(gl.RENDERER as number))}, ${String(gl.getParameter(gl.VERSION as number))}`;
    this.size = size;
    this.#scale = scale;
    this.#triangles = triangles;
    this.#normals = new Float32Array(3 * vertices);
    this.#samples = new Uint8Array(size.width * size.height * scale * scale * 4);
    const program = gl.createProgram();
    for (const [kind, source] of [
      ['VERTEX_SHADER', VERTEX_SHADER],
      ['FRAGMENT_SHADER', FRAGMENT_SHADER],
    ] as const) {
      const shader = gl.createShader(gl[kind] as number);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.bindAttribLocation(program, 0, 'place');
    gl.bindAttribLocation(program, 1, 'tone');
    gl.linkProgram(program);
    if (gl.getProgramParameter(program, gl.LINK_STATUS as number) !== true) throw new Error('the shaders do not link');
    gl.useProgram(program);
    this.#places = { buffer: gl.createBuffer(), data: new Float32Array(4 * vertices) };
    this.#tones = { buffer: gl.createBuffer(), data: new Float32Array(3 * vertices) };
    const indices = gl.ELEMENT_ARRAY_BUFFER as number;
    gl.bindBuffer(indices, gl.createBuffer());
    gl.bufferData(indices, Uint32Array.from(triangles), gl.STATIC_DRAW as number);
    gl.enable(gl.DEPTH_TEST as number);
    gl.enable(gl.CULL_FACE as number);
    gl.cullFace(gl.BACK as number);
    gl.viewport(0, 0, size.width * scale, size.height * scale);
    gl.clearColor(0, 0, 0, 0);
  }

  render(scene: RenderScene, image: Uint8Array): void {
    const gl = this.#gl;
    vertexNormals(scene.positions, this.#triangles, this.#normals);
    shadeVertices(
      scene.albedo,
      this.#normals,
      scene.light,
      rotation(scene.pose),
      scene.colour,
      this.#form,
      this.#tones.data,
    );
    this.#project(scene);
    this.#upload(0, 4, this.#places);
    this.#upload(1, 3, this.#tones);
    gl.clear((gl.COLOR_BUFFER_BIT as number) | (gl.DEPTH_BUFFER_BIT as number));
    gl.drawElements(gl.TRIANGLES as number, this.#triangles.length, gl.UNSIGNED_INT as number, 0);
    const { width, height } = this.size;
    const [rgba, bytes] = [gl.RGBA as number, gl.UNSIGNED_BYTE as number];
    gl.readPixels(0, 0, width * this.#scale, height * this.#scale, rgba, bytes, this.#samples);
    this.#resolve(image);
  }

  close(): void {
    this.#gl.getExtension('STACKGL_destroy_context')?.destroy?.();
  }

  #upload(
    index: number,
    width: number,
    { buffer, data }: { readonly buffer: object; readonly data: Float32Array },
  ): void {
    const gl = this.#gl;
    const target = gl.ARRAY_BUFFER as number;
    gl.bindBuffer(target, buffer);
    gl.bufferData(target, data, gl.STREAM_DRAW as number);
    gl.enableVertexAttribArray(index);
    gl.vertexAttribPointer(index, width, gl.FLOAT as number, false, 0, 0);
  }

  /**
   * Clip coordinates. GL samples at sample centres; ours lie at whole pixels, so ndc is shifted by half a pixel, and y is
   * kept as up. Depth spans 1000 mm about the face rather than the camera's planes, whose ratio 24 bits can't resolve.
   */
  #project({ positions, pose, view, camera }: RenderScene): void {
    const { linear: m, offset } = modelToEye(pose, view);
    const map = pixelMap(camera, this.size);
    const { width, height } = this.size;
    const middle = -offset[2]!;
    const nearest = Math.max(camera.near, middle - 500);
    const farthest = middle + 500;
    const out = this.#places.data;
    for (let i = 0, k = 0; i < positions.length; i += 3, k += 4) {
      const x = positions[i]!;
      const y = positions[i + 1]!;
      const z = positions[i + 2]!;
      const w = -(m[6]! * x + m[7]! * y + m[8]! * z + offset[2]!);
      const column = map.scaleX * (m[0]! * x + m[1]! * y + m[2]! * z + offset[0]!) + (map.centreX + 0.5) * w;
      const row = map.scaleY * (m[3]! * x + m[4]! * y + m[5]! * z + offset[1]!) + (map.centreY + 0.5) * w;
      out[k] = (2 * column) / width - w;
      out[k + 1] = w - (2 * row) / height;
      out[k + 2] = ((farthest + nearest) * w - 2 * farthest * nearest) / (farthest - nearest);
      out[k + 3] = w;
    }
  }

  /** Samples come bottom row first, 8-bit. */
  #resolve(image: Uint8Array): void {
    const { width, height } = this.size;
    const scale = this.#scale;
    const perPixel = scale * scale;
    for (let row = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1) {
        let covered = 0;
        const sums = [0, 0, 0];
        for (let j = 0; j < scale; j += 1) {
          let at = 4 * (((height - 1 - row) * scale + j) * width * scale + column * scale);
          for (let i = 0; i < scale; i += 1, at += 4) {
            if (this.#samples[at + 3] === 0) continue;
            covered += 1;
            for (let c = 0; c < 3; c += 1) sums[c] = sums[c]! + this.#samples[at + c]!;
          }
        }
        if (covered === 0) continue;
        const k = 3 * (row * width + column);
        for (let c = 0; c < 3; c += 1) image[k + c] = (sums[c]! + (perPixel - covered) * image[k + c]!) / perPixel;
      }
    }
  }
}
