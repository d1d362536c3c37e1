import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { diskFiles } from '../../engine/document/disk.js';
import type { Files } from '../../engine/document/files.js';
import type { ExperimentOptions } from '../program/options.js';
import { openExperiment } from './open-experiment.js';

/**
 * The files that an experiment is read from, absolute: its own, what it extends, settings, the modules of its kinds, and files
 * that its stages name as inputs. Of folders that stages read, what lies in them is not among these. `whole` where nothing is wrong
 * with the experiment, so that all of them are known.
 */
export async function filesRead(
  file: string,
  options: ExperimentOptions,
): Promise<{ readonly files: readonly string[]; readonly whole: boolean }> {
  const found = new Set([resolve(file)]);
  const files: Files = {
    look: (path) => diskFiles.look(path),
    read: (path) => {
      found.add(path);
      return diskFiles.read(path);
    },
  };
  const opened = await openExperiment(file, { ...options, executesNothing: true }, () => undefined, files);
  if (!opened.ok) return { files: [...found], whole: false };
  const { graph, kinds, services } = opened.experiment;
  for (const path of kinds.filesRead()) found.add(path);
  for (const { externals } of graph.stages)
    for (const { path, shape } of externals) if (shape === 'file' && path !== '') found.add(path);
  await services.workers.close();
  return { files: [...found], whole: true };
}

/** What tells two states of each file apart; empty where there is none. */
export function marksOf(files: readonly string[]): readonly string[] {
  return files.map((path) => {
    const status = statSync(path, { throwIfNoEntry: false });
    return status === undefined ? '' : `${status.ino} ${status.size} ${status.mtimeMs}`;
  });
}
