import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

/**
 * The GPUs that stages are given, as CUDA_VISIBLE_DEVICES names them. If that variable is set, they are those it lists; else
 * as many as NVIDIA's driver has (`nvidia-smi -L`, or the device files).
 *
 * @param wanted how many, whatever is found
 */
export function gpusOf(wanted?: number): readonly string[] {
  const visible = process.env.CUDA_VISIBLE_DEVICES?.split(',').map((name) => name.trim());
  // CUDA sees none of what follows a name that it does not know, such as -1.
  const end = visible?.findIndex((name) => name === '' || name.startsWith('-')) ?? -1;
  const listed = end < 0 ? visible : visible?.slice(0, end);
  const count = wanted ?? listed?.length ?? countGpus();
  return Array.from({ length: count }, (_, i) => listed?.[i] ?? String(i));
}

function countGpus(): number {
  const listed = spawnSync('nvidia-smi', ['-L'], { encoding: 'utf8', timeout: 10_000 });
  if (listed.status === 0) return listed.stdout.split('\n').filter((line) => /^GPU \d+:/.test(line)).length;
  try {
    return readdirSync('/dev').filter((name) => /^nvidia\d+$/.test(name)).length;
  } catch {
    return 0;
  }
}
