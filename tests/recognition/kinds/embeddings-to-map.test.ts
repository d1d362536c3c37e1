import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TracedResult } from '../../../src/engine/presentation.js';
import { SafetensorsFile } from '../../../src/foundation/formats/safetensors.js';
import { embeddingsToMap } from '../../../src/plugins/recognition/kinds/benchmarks/embeddings-to-map.js';
import { experiment, Project } from '../../cli/project.js';

const STAGES = `  faces:
    uses: faces/generate
    with: { identities: 3, samples: 4, size: 24, pose: { yaw: 'uniform(-90 deg, 90 deg)' } }
  pixels:
    uses: learning/pixels
    with: { data: '\${faces}', size: 8 }
`;

/** A result of which `fx get` made a copy, and what it was made from. */
function traced(folder: string, inputs: Readonly<Record<string, TracedResult>>): TracedResult {
  const locate = (file: string): string | undefined => {
    const path = join(folder, file);
    return existsSync(path) ? path : undefined;
  };
  return { locate, input: (name: string) => inputs[name] };
}

describe('a map of embeddings', function () {
  this.timeout(60_000);
  const project = new Project();
  after(() => project.remove());

  it('is coloured by person, and by yaw in degrees where the images have a pose', async () => {
    project.write('e.yaml', experiment('e', STAGES));
    assert.equal((await project.fx('run', 'e.yaml')).code, 0);
    for (const stage of ['faces', 'pixels']) assert.equal((await project.fx('get', 'e.yaml', stage)).code, 0);
    const images = join(project.directory, 'faces');
    const embeddings = traced(join(project.directory, 'pixels'), { data: traced(images, {}) });
    const { colourings, x, total } = embeddingsToMap(traced('', { embeddings }), 100)!;
    assert.deepEqual([x.length, total], [12, 12]);
    const file = SafetensorsFile.open(join(images, 'shard-00000000.safetensors'));
    assert.ok(file.ok);
    const pose = file.value.read('pose', 0, 12);
    file.value.close();
    const degrees = Array.from({ length: 12 }, (_, i) => Math.round((pose[3 * i]! * 180) / Math.PI));
    assert.ok(Math.max(...degrees) - Math.min(...degrees) > 60, degrees.join(' '));
    assert.deepEqual(
      colourings.map(({ says }) => says),
      ['person', 'yaw (degrees)'],
    );
    assert.deepEqual((colourings[1] as { values?: readonly number[] }).values, degrees);
    const persons = (colourings[0] as { classes?: readonly string[] }).classes!;
    assert.deepEqual([new Set(persons).size, persons[0] === persons[3], persons[3] === persons[4]], [3, true, false]);
  });
});
