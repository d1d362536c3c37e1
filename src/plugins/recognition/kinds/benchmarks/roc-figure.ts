import type { Curves } from '../../../../engine/presentation.js';

/** `type: roc` in a report. */
export const rocFigure: Curves = {
  shape: 'curves',
  says: 'True against false accept rates.',
  axes: { x: 'false accept rate', y: 'true accept rate', isUnit: true },
  line: async (results) => {
    const { rocLine } = await import('./roc-line.js');
    return rocLine(results);
  },
  band: async ({ locate }) => {
    const path = locate('scores.safetensors');
    if (path === undefined) return undefined;
    const { rocBand } = await import('./roc-band.js');
    return rocBand(path);
  },
};
