import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Variables under which Vulkan finds the software device of Debian's chromium; a word where it is not installed. */
export function swiftshader(): { readonly env: NodeJS.ProcessEnv } | { readonly missing: string } {
  if (!existsSync(DRIVER)) return { missing: "chromium's SwiftShader is not installed" };
  const loader = vulkanLoader();
  if (loader === undefined) return { missing: "Vulkan's loader libvulkan.so.1 is not installed" };
  // Set, though empty, the newer variable would hide the older one.
  const { VK_DRIVER_FILES: _, ...env } = process.env;
  return { env: { ...env, ...loader, VK_ICD_FILENAMES: DRIVER } };
}

/** Variables under which Vulkan's loader is found: none if the system has it, else the place of the one that chromium brings. */
function vulkanLoader(): NodeJS.ProcessEnv | undefined {
  try {
    if (execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' }).includes('libvulkan.so.1')) return {};
  } catch {
    // No ldconfig to ask.
  }
  const folder = dirname(DRIVER);
  if (!existsSync(join(folder, 'libvulkan.so.1'))) return undefined;
  return { LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter((each) => each !== undefined).join(':') };
}
