import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inWords } from '../../../../src/compiler/devices/device.js';
import { mini } from '../../../../src/plugins/recognition/learning/network/mini.js';
import { judgeDeviceMemory } from '../../../../src/plugins/recognition/learning/step/memory.js';
import { swiftshader } from './swiftshader.js';

interface Said {
  readonly losses: readonly number[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  readonly embeddings: readonly number[];
  readonly wrong?: readonly { readonly code: string; readonly message: string }[];
}

/** In a process of its own: the driver is chosen by the environment at its start. */
function run(
  engine: 'native' | 'gpu',
  env: NodeJS.ProcessEnv,
  ...words: readonly string[]
): Said & { readonly stderr: string } {
  const script = fileURLToPath(new URL('gpu-process.js', import.meta.url));
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, [script, engine, ...words], {
    env,
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${String(signal)} ${stderr}`);
  return { ...(JSON.parse(stdout) as Said), stderr };
}

/** Largest difference, as a share of the largest value. */
function deviation(a: readonly number[], b: readonly number[]): number {
  assert.equal(a.length, b.length);
  const scale = Math.max(1e-30, ...a.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / scale;
}

describe('the engine gpu', function () {
  this.timeout(240_000);

  it('trains and embeds on a WebGPU device as native does, and leaves no line of the runtime in the log', function () {
    const device = swiftshader();
    if ('missing' in device) {
      console.log(`      skipped: ${device.missing}`);
      return this.skip();
    }
    const native = run('native', process.env);
    const gpu = run('gpu', device.env);
    assert.equal(gpu.wrong, undefined);
    assert.equal(gpu.stderr, '');
    native.losses.forEach((loss, i) => assert.ok(Math.abs(gpu.losses[i]! / loss - 1) < 1e-4, `loss ${gpu.losses[i]!}`));
    const errors = Object.entries(native.gradients).map(([name, values]) => deviation(values, gpu.gradients[name]!));
    // The bounds of docs/decisions/0023.
    assert.ok(Math.max(...errors) < 1e-3, `worst gradient: ${Math.max(...errors)}`);
    assert.ok(errors.toSorted((a, b) => a - b)[errors.length >> 1]! < 1e-4);
    assert.ok(deviation(native.embeddings, gpu.embeddings) < 1e-4);
  });

  it('says that the device has no half precision where it has none', function () {
    const device = swiftshader();
    if ('missing' in device) {
      console.log(`      skipped: ${device.missing}`);
      return this.skip();
    }
    const { wrong, stderr } = run('gpu', device.env, 'half');
    assert.equal(stderr, '');
    assert.equal(wrong![0]!.code, 'compiler/half-absent');
    assert.match(wrong![0]!.message, /^the device of the engine gpu \(webgpu: .*\) does not compute in half precision/);
    assert.match(wrong![0]!.message, /it has no arithmetic in half precision \(shader-f16\)$/);
  });

  it('says in words what is missing where there is no device, and writes nothing else', function () {
    if (process.platform !== 'linux') return this.skip();
    const { wrong, stderr } = run('gpu', {
      ...process.env,
      VK_ICD_FILENAMES: '/none.json',
      VK_DRIVER_FILES: '/none.json',
    });
    // Where there is CUDA it is found all the same.
    if (wrong === undefined) return this.skip();
    assert.equal(stderr, '');
    assert.equal(wrong[0]!.code, 'compiler/runtime-absent');
    assert.match(wrong[0]!.message, /^the engine gpu found no device that ONNX Runtime can use \(.*webgpu: \w/);
    assert.doesNotMatch(wrong[0]!.message, /onnxruntime_src|\n/);
  });

  it("understands what drivers and runtimes write (onnxruntime-node 1.30's own words)", () => {
    const refused = (message: string): string =>
      `\nrefused: /onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 onnxruntime::webgpu::Initialize()::<lambda()> adapter_result.status == wgpu::RequestAdapterStatus::Success was false. ${message}\n`;
    const noAdapter = refused('Failed to get a WebGPU adapter: No supported adapters');
    assert.equal(inWords(`Warning: vkCreateInstance: Found no drivers!${noAdapter}`), 'no Vulkan driver is installed');
    assert.equal(
      inWords(`Warning: Vulkan shaderUniform*ArrayDynamicIndexing required.\n - While initializing${noAdapter}`),
      'the Vulkan driver was refused: it lacks shaderUniform*ArrayDynamicIndexing',
    );
    assert.equal(
      inWords(
        'Failed to load library /x/libonnxruntime_providers_cuda.so with error: libcudnn.so.9: cannot open shared object file',
      ),
      'the library libcudnn.so.9 is missing',
    );
    assert.equal(
      inWords(
        "refused: Non-zero status code returned while running Add node. Name:'add_1' Status Message: shader_helper.cc:416 GenerateSourceCode Program Add requires f16 but the device does not support it.",
      ),
      'it has no arithmetic in half precision (shader-f16)',
    );
    assert.equal(inWords(noAdapter), 'no adapter that it supports');
    assert.equal(inWords(refused('Out of ideas')), 'Out of ideas');
    assert.equal(inWords('', 'SIGSEGV'), 'it died of SIGSEGV');
  });

  it('is refused a training that the memory of its device does not hold', () => {
    const network = mini({ height: 32, width: 32 });
    const needed = { process: 0, addressed: 0, device: 3 * 2 ** 30 };
    assert.deepEqual(judgeDeviceMemory(network, { images: 64, pairs: 10 }, needed), []);
    assert.deepEqual(judgeDeviceMemory(network, { images: 64, pairs: 10 }, needed, 4 * 2 ** 30), []);
    const [wrong] = judgeDeviceMemory(network, { images: 64, pairs: 10 }, needed, 2 ** 30);
    assert.match(wrong!.message, /64 images a batch takes about 3\.0 GiB of the GPU's memory, and it has 1\.0 GiB/);
  });
});
