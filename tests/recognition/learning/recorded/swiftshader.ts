import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Variables under which Vulkan finds the software device of Debian's chromium; a word where it is not installed. */
export function swiftshader(): { readonly env: NodeJS.ProcessEnv } | { readonly missing: string } {
  if (!existsSync(DRIVER)) return { missing: "chromium's SwiftShader is not installed" };
  try {
    if (!execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' }).includes('libvulkan.so.1'))
      return { missing: "Vulkan's loader libvulkan.so.1 is not installed" };
  } catch {
    return { missing: 'there is no ldconfig to look for libvulkan.so.1' };
  }
  // Set, though empty, the newer variable would hide the older one.
  const { VK_DRIVER_FILES: _, ...env } = process.env;
  return { env: { ...env, VK_ICD_FILENAMES: DRIVER } };
}
