import type { ResultFiles } from '../../engine/presentation.js';
import type { Artifact } from '../../engine/stage.js';

/** A result as what draws and exports sees it. */
export function filesOf(artifact: Artifact): ResultFiles {
  return { locate: (file) => (artifact.files.find(file) === undefined ? undefined : artifact.locate(file)) };
}
