import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { homeFolder } from '../../foundation/files/private-folder.js';

/** ONNX Runtime's providers that compute on a device other than the processor, the fastest first. */
export const PROVIDERS = ['cuda', 'coreml', 'dml', 'webgpu'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** What stands between a provider and its device, as far as files and tools say. */
export interface Driver {
  /** In words. */
  readonly driver: string;
  /** Whether it computes on the processor: its memory is then the machine's. */
  readonly software: boolean;
  /** Bytes of memory of the device, where that can be learned. */
  readonly memory?: number;
}

/** Drivers that compute on the processor. */
const SOFTWARE = /swiftshader|lvp|lavapipe|llvmpipe/i;

export function driverOf(provider: Provider): Driver {
  switch (provider) {
    case 'cuda':
      return { driver: 'CUDA', software: false, ...largest(nvidiaMemory()) };
    case 'coreml':
      return { driver: 'Core ML', software: false };
    case 'dml':
      return { driver: 'DirectML', software: false, ...largest(nvidiaMemory()) };
    case 'webgpu':
      if (process.platform === 'darwin') return { driver: 'Metal', software: false };
      if (process.platform === 'win32') return { driver: 'Direct3D 12', software: false, ...largest(nvidiaMemory()) };
      return vulkan();
  }
}

function vulkan(): Driver {
  const drivers = vulkanDrivers();
  const software = drivers.length > 0 && drivers.every((name) => SOFTWARE.test(name));
  const driver = `Vulkan${drivers.length === 0 ? '' : ` by ${drivers.join(' or ')}`}`;
  if (software) return { driver: `${driver}, software: slow, for tests`, software };
  return { driver, software, ...largest([...nvidiaMemory(), ...amdMemory()]) };
}

/** Libraries of the drivers that Vulkan's loader looks at, by its rules for Linux. */
function vulkanDrivers(): readonly string[] {
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  const manifests = named === undefined || named === '' ? installedManifests() : named.split(':');
  const libraries = manifests.flatMap((path) => {
    try {
      const { ICD } = JSON.parse(readFileSync(path, 'utf8')) as { ICD?: { library_path?: string } };
      return ICD?.library_path === undefined ? [] : [basename(ICD.library_path)];
    } catch {
      return [];
    }
  });
  return [...new Set(libraries)];
}

function installedManifests(): readonly string[] {
  const home = homeFolder();
  const folders = [
    '/etc',
    '/usr/local/share',
    '/usr/share',
    ...(home === undefined ? [] : [join(home, '.local/share')]),
  ];
  return folders.flatMap((folder) => {
    const at = join(folder, 'vulkan/icd.d');
    try {
      return readdirSync(at)
        .filter((name) => name.endsWith('.json'))
        .map((name) => join(at, name));
    } catch {
      return [];
    }
  });
}

/** Of several devices the largest counts: what exceeds that fits on none. */
function largest(sizes: readonly number[]): { readonly memory?: number } {
  return sizes.length === 0 ? {} : { memory: Math.max(...sizes) };
}

function nvidiaMemory(): readonly number[] {
  const { status, stdout } = spawnSync('nvidia-smi', ['--query-gpu=memory.total', '--format=csv,noheader,nounits'], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (status !== 0) return [];
  const sizes = stdout.trim().split('\n').map(Number);
  return sizes.filter((mebibytes) => mebibytes > 0).map((mebibytes) => mebibytes * 2 ** 20);
}

/** A device's own memory, and what it may use of the machine's: all that a built-in one has. */
function amdMemory(): readonly number[] {
  const bytes = (card: string, kind: string): number => {
    try {
      return Number(readFileSync(`/sys/class/drm/${card}/device/mem_info_${kind}_total`, 'utf8'));
    } catch {
      return 0;
    }
  };
  let cards: readonly string[];
  try {
    cards = readdirSync('/sys/class/drm').filter((name) => /^card\d+$/.test(name));
  } catch {
    return [];
  }
  return cards.map((card) => bytes(card, 'vram') + bytes(card, 'gtt')).filter((size) => size > 0);
}
