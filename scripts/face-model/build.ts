import { encodeCompact, type CompactLinear } from '../../src/plugins/recognition/faces/model/compact.js';
import { layOut } from './layout.js';
import { albedoMean, albedoModes, expressionModes, halfOf, shapeModes, type Mode } from './modes.js';
import { namedPoints } from './named-points.js';

const SHAPE_COMPONENTS = 80;
const ALBEDO_COMPONENTS = 50;
const EXPRESSION_COMPONENTS = 25;

/** The bytes of the embedded face model. The same on every machine. */
export function buildFaceModel(): Uint8Array {
  const half = halfOf(layOut());
  const { mesh, count } = half;
  return encodeCompact({
    name: 'embedded',
    triangles: mesh.triangles,
    reflected: mesh.mirror.slice(count),
    landmarks: namedPoints(mesh),
    shape: linear(Float32Array.from(mesh.points.slice(0, count).flat()), shapeModes(half, SHAPE_COMPONENTS), 16),
    expression: linear(new Float32Array(3 * count), expressionModes(half, EXPRESSION_COMPONENTS), 16),
    albedo: linear(Float32Array.from(albedoMean(half)), albedoModes(half, ALBEDO_COMPONENTS), 16),
  });
}

function linear(mean: Float32Array, modes: readonly Mode[], bits: 8 | 16): CompactLinear {
  return {
    mean,
    rows: modes.map((mode) => mode.values),
    deviation: modes.map((mode) => mode.deviation),
    parity: modes.map((mode) => mode.parity),
    bits,
  };
}
