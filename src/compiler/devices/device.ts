import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { failure } from '../../foundation/failures/diagnostic.js';
import type { CompilerDiagnostic } from '../diagnostic.js';
import { GraphBuilder } from '../onnx/builder.js';
import { encodeModel } from '../onnx/encode.js';
import { driverOf, PROVIDERS, type Driver, type Provider } from './driver.js';

/** A device on which ONNX Runtime has added two numbers. */
export interface Device extends Driver {
  readonly provider: Provider;
}

export interface Refusal {
  readonly provider: Provider;
  /** In words; no full stop. */
  readonly why: string;
}

export interface Devices {
  /** The fastest first. */
  readonly found: readonly Device[];
  readonly refused: readonly Refusal[];
}

let fastest: Promise<Devices> | undefined;

/** The fastest device, and what was refused before it was found: looked for once a process. */
export function findDevice(): Promise<Devices> {
  fastest ??= tryDevices('first');
  return fastest;
}

/**
 * Tries each provider that onnxruntime-node has, each in a process of its own: what a runtime writes about a driver that is not
 * there stays out of the caller's log, and a driver that kills its process kills no training.
 */
export async function tryDevices(which: 'first' | 'all'): Promise<Devices> {
  const onnx = await import('onnxruntime-node');
  const present = new Set(onnx.listSupportedBackends().map(({ name }) => name));
  const found: Device[] = [];
  const refused: Refusal[] = [];
  for (const provider of PROVIDERS.filter((name) => present.has(name))) {
    if (which === 'first' && found.length > 0) break;
    const why = missingLibrary(provider) ?? (await refusal(provider));
    if (why === undefined) found.push({ provider, ...driverOf(provider) });
    else refused.push({ provider, why });
  }
  return { found, refused };
}

let withoutHalf: Promise<string | undefined> | undefined;

/** What is wrong where the fastest device does not compute in half precision; tried once a process. */
export async function refusesHalf({ provider, driver }: Device): Promise<CompilerDiagnostic | undefined> {
  withoutHalf ??= refusal(provider, 'float16');
  const why = await withoutHalf;
  if (why === undefined) return undefined;
  return failure(
    'compiler/half-absent',
    `the device of the engine gpu (${provider}: ${driver}) does not compute in half precision: ${why}`,
    'leave precision out, or choose a device that has it',
  );
}

/** Refusals as one line. */
export function refusalWords(refused: readonly Refusal[]): string {
  if (refused.length === 0) return 'this build of onnxruntime-node computes on the processor alone';
  return refused.map(({ provider, why }) => `${provider}: ${why}`).join('; ');
}

/** A provider that is no part of the package's own library comes as further ones, which its installation may leave out. */
function missingLibrary(provider: Provider): string | undefined {
  if (provider !== 'cuda' || process.platform === 'win32') return undefined;
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  const folder = join(dirname(entry), '..', 'bin', 'napi-v6', process.platform, process.arch);
  const library = 'libonnxruntime_providers_cuda.so';
  if (existsSync(join(folder, library))) return undefined;
  return `${library} is not installed with onnxruntime-node`;
}

const PROBE = `
const [provider, runtime, model, type] = process.argv.slice(1);
const onnx = require(runtime);
(async () => {
  const options = { executionProviders: [provider], logSeverityLevel: 3 };
  const session = await onnx.InferenceSession.create(Buffer.from(model, 'base64'), options);
  const [given, wanted] = type === 'float16' ? [Uint16Array.of(0x3c00, 0x4000), [0x4000, 0x4400]] : [Float32Array.of(1, 2), [2, 4]];
  const { y } = await session.run({ x: new onnx.Tensor(type, given, [2]) });
  if (y.data[0] !== wanted[0] || y.data[1] !== wanted[1]) throw new Error('it adds wrongly');
  process.stdout.write('computes', () => process.exit(0));
})().catch((error) => process.stderr.write('\\nrefused: ' + error.message, () => process.exit(1)));
`;

/** A machine that has much else to do starts a process and compiles a shader in this time. */
const PATIENCE = 60_000;

/** Why a provider does not compute; nothing where it does. */
function refusal(provider: Provider, type: 'float32' | 'float16' = 'float32'): Promise<string | undefined> {
  const builder = new GraphBuilder();
  const x = builder.input('x', type, [2]);
  const y = builder.withFloats(type, () => builder.add('Add', [x, x], [2]));
  const model = Buffer.from(encodeModel(builder.build('probe', { y }))).toString('base64');
  const runtime = createRequire(import.meta.url).resolve('onnxruntime-node');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['-e', PROBE, provider, runtime, model, type], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
    });
    let [said, complained] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text));
    child.on('error', (error) => resolve(error.message));
    child.on('close', (_, signal) => {
      if (said === 'computes') resolve(undefined);
      else resolve(inWords(complained, signal));
    });
  });
}

/** What runtimes and drivers write when they refuse, and what it means. The first that fits. */
const MEANINGS: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [
    /(?:Failed to load library|cannot open shared object).*?(lib[\w.+-]+\.so[\d.]*): cannot open/s,
    ([, library]) => `the library ${library!} is missing`,
  ],
  [/Warning: Vulkan (\S+) required/, ([, lack]) => `the Vulkan driver was refused: it lacks ${lack!}`],
  [/vkCreateInstance: Found no drivers/, () => 'no Vulkan driver is installed'],
  [/(?:load|open)[^\n]*libvulkan|Couldn't load Vulkan/i, () => "Vulkan's loader (libvulkan.so.1) is not installed"],
  [/no CUDA-capable device/i, () => 'there is no NVIDIA device'],
  [/requires f16 but the device does not support it/, () => 'it has no arithmetic in half precision (shader-f16)'],
  [/No supported adapters/, () => 'no adapter that it supports'],
];

/** @param complained what the probe wrote to its error stream */
export function inWords(complained: string, signal: NodeJS.Signals | null = null): string {
  for (const [pattern, words] of MEANINGS) {
    const match = pattern.exec(complained);
    if (match !== null) return words(match);
  }
  const refused = complained.split('refused: ').at(-1)!.trim().split('\n')[0]!;
  // The place in the runtime's source stands before the reason.
  const reason = refused.replace(/^\/\S+:\d+ .*? was false\. /, '');
  if (reason !== '') return reason;
  if (signal === 'SIGKILL') return `no answer within ${String(PATIENCE / 1000)} seconds`;
  return signal === null ? 'it ended without a message' : `it died of ${signal}`;
}
