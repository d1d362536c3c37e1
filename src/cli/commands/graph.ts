import { Option } from 'commander';
import { onExperiment, type Declare } from '../program/declare.js';
import type { GraphOptions } from './graph-run.js';

export const declareGraph: Declare = (program, exit) => {
  onExperiment(
    program,
    'graph',
    'draw the stages and what they read',
    'fx graph experiments/table2-frontal.yaml --format svg',
  )
    .addOption(
      new Option('-f, --format <format>', 'as what it is drawn')
        .choices(['text', 'mermaid', 'dot', 'svg'])
        .default('text'),
    )
    .option('--cells', 'one node per cell of a matrix')
    .action(async (file: string, options: GraphOptions) => {
      const { graph } = await import('./graph-run.js');
      exit(await graph(file, options));
    });
};
