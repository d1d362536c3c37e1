import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { commitsOf } from '../../src/cli/results/commits.js';
import { openCache } from '../../src/engine/artifacts/cache.js';
import type { TracedResult } from '../../src/engine/presentation.js';
import type { AnyStageKind } from '../../src/engine/stage.js';
import { encodeScores } from '../../src/plugins/recognition/benchmarks/verification/score-set.js';
import { pairsToShow } from '../../src/plugins/recognition/kinds/benchmarks/pairs-to-show.js';
import { benchmarksVerify } from '../../src/plugins/recognition/kinds/benchmarks/verify.js';
import { builtInKinds } from '../../src/plugins/registry.js';
import { address } from '../../src/ui/model/address.js';
import type { CasesView, CellView, MapView } from '../../src/ui/model/views.js';
import { Answers } from '../../src/ui/server/answer.js';
import type { UiProject } from '../../src/ui/server/project.js';
import { serveUi } from '../../src/ui/server/server.js';
import { Project } from '../cli/project.js';
import { accessibility, needsBrowser, watchedPage } from './browser.js';

const SIDE = 16;
const PERSONS = ['ada', 'bob', 'eve', 'joe'] as const;
const IMAGES = PERSONS.flatMap((person) => [0, 1, 2, 3].map((i) => `${person}/${i}.png`));

/** A face that is none: each person has a pattern, and each image its share of a stranger's. */
function pixelsOf(name: string): Uint8Array {
  const [person, file] = name.split('/') as [string, string];
  const [p, i] = [PERSONS.indexOf(person as (typeof PERSONS)[number]), Number(file[0])];
  const wave = (q: number, k: number): number => Math.sin((q + 1) * 0.9 + k * (0.05 + 0.13 * q));
  const share = [0, 0.2, 0.45, 0.7][i]!;
  return Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, k) =>
    Math.round(128 + 100 * ((1 - share) * wave(p, k) + share * wave((p + 1) % 4, k + i))),
  );
}

function personOf(name: string): string {
  return name.split('/')[0]!;
}

const PAIRS = IMAGES.flatMap((a, i) =>
  IMAGES.slice(i + 1).map((b) => ({ a, b, same: personOf(a) === personOf(b) })),
).map((pair, k) => ({ ...pair, fold: 1 + (k % 2) }));

const study = (name: string, isPrivate: boolean): string => `
fx: 1
name: ${name}
title: Pairs
stages:
  faces:
    uses: datasets/import
    with: { format: folder, folder: data/faces, align: [whole], size: ${SIDE}, private: ${isPrivate} }
  protocol:
    uses: benchmarks/protocol
    with: { protocol: pairs, images: '\${faces}', folder: data/faces, pairs: pairs.csv }
  pixels: { uses: learning/pixels, with: { data: '\${faces}', size: ${SIDE} } }
  verify: { uses: benchmarks/verify, with: { benchmark: '\${protocol}', embeddings: '\${pixels}' } }
report:
  tables:
    - { id: numbers, title: Numbers, from: verify, rows: { Pixels: verify }, columns: { accuracy: accuracy } }
`;

/** Cosines of images less the mean image, by the textbook. */
function cosines(): (a: string, b: string) => number {
  const raw = new Map(IMAGES.map((name) => [name, Array.from(pixelsOf(name))]));
  const mean = Array.from(
    { length: SIDE * SIDE * 3 },
    (_, k) => [...raw.values()].reduce((sum, row) => sum + row[k]!, 0) / IMAGES.length,
  );
  const of = (name: string): number[] => raw.get(name)!.map((value, k) => value - mean[k]!);
  const dot = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, k) => sum + value * y[k]!, 0);
  return (a, b) => {
    const [x, y] = [of(a), of(b)];
    return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  };
}

describe('the hardest pairs behind a number', function () {
  this.timeout(90_000);
  let project: Project;
  before(async () => {
    project = new Project({ 'open.yaml': study('open', false), 'own.yaml': study('own', true), 'package.json': '{}' });
    for (const name of IMAGES) {
      const path = join(project.directory, 'data/faces', name);
      mkdirSync(dirname(path), { recursive: true });
      await sharp(pixelsOf(name), { raw: { width: SIDE, height: SIDE, channels: 3 } })
        .png()
        .toFile(path);
    }
    const lines = PAIRS.map(({ a, b, same, fold }) => `${a},${b},${same ? 1 : 0},${fold}`);
    project.write('pairs.csv', ['a,b,same,fold', ...lines, ''].join('\n'));
    for (const name of ['open', 'own']) {
      const run = await project.fx('run', `${name}.yaml`);
      assert.equal(run.code, 0, run.err);
    }
  });
  after(() => project.remove());

  const uiProject = (): UiProject => ({
    root: project.directory,
    name: 'pairs',
    version: '0.0.0',
    cache: openCache(join(project.directory, 'cache')),
    kinds: new Map<string, AnyStageKind>(builtInKinds.map((kind) => [kind.name, kind])),
    commits: commitsOf(project.directory),
    explain: () => [],
  });

  async function get<T>(path: string): Promise<T> {
    const [at, query] = path.split('?') as [string, string];
    const answer = await new Answers(uiProject()).get(at, new URLSearchParams(query));
    assert.equal(answer.status, 200, JSON.stringify(answer));
    return ('json' in answer ? answer.json : undefined) as T;
  }
  const cases = (name: string): Promise<CasesView> =>
    get<CasesView>(address.cases(`now:${name}/default`, 'verify', 'hardest'));

  it('are offered where one looks into it', async () => {
    const { evidence } = await get<CellView>(address.cell('now:open/default', 'numbers', 0, 0));
    assert.deepEqual(evidence[0]!.cases, [{ name: 'hardest', says: 'The hardest pairs.' }]);
  });

  it('are those that the textbook finds, with their scores, names and the images that were compared', async () => {
    const cosine = cosines();
    const scored = PAIRS.map((pair) => ({ ...pair, score: cosine(pair.a, pair.b) }));
    const low = scored.filter(({ same }) => same).sort((x, y) => x.score - y.score);
    const high = scored.filter(({ same }) => !same).sort((x, y) => y.score - x.score);
    const { groups, of, hidden, mark } = await cases('open');
    assert.equal(hidden, undefined);
    assert.equal(of, 'score');
    assert.deepEqual(
      groups.map(({ total }) => total),
      [low.length, high.length],
    );
    for (const [group, expected] of [
      [groups[0]!, low],
      [groups[1]!, high],
    ] as const) {
      assert.equal(group.cases.length, 8);
      for (const [i, { value, items }] of group.cases.entries()) {
        assert.ok(Math.abs(value - expected[i]!.score) < 1e-6, `${value} ${expected[i]!.score}`);
        const names = items.map(({ name }) => name!);
        assert.deepEqual(names, [expected[i]!.a, expected[i]!.b]);
        for (const [k, { picture }] of items.entries()) {
          const shown = await sharp(Buffer.from(picture!, 'base64')).raw().toBuffer();
          assert.deepEqual(Uint8Array.from(shown), pixelsOf(names[k]!));
        }
      }
    }
    // No other threshold divides the pairs better, and each pair is on the side that its score says.
    const gain = (at: number): number =>
      low.filter(({ score }) => score >= at).length / low.length -
      high.filter(({ score }) => score >= at).length / high.length;
    assert.ok(scored.every(({ score }) => gain(score) <= gain(mark!.at) + 1e-12));
    const sides = groups.flatMap(({ cases }, g) =>
      cases.map(({ value, says, isWrong }) => {
        assert.equal(says, value >= mark!.at ? 'accepted' : 'rejected');
        assert.equal(isWrong, (g === 0) !== value >= mark!.at);
        return isWrong;
      }),
    );
    // Of both sorts there are some, or this says nothing.
    assert.ok(sides.includes(true) && sides.includes(false));
  });

  it('of a private data set are numbers alone', async () => {
    const { groups, hidden } = await cases('own');
    assert.match(hidden!, /private/);
    for (const { cases } of groups) {
      assert.equal(cases.length, 8);
      for (const { items } of cases) assert.deepEqual(items, [{}, {}]);
    }
    const { groups: open } = await cases('open');
    assert.deepEqual(
      groups.map(({ cases }) => cases.map(({ value }) => value)),
      open.map(({ cases }) => cases.map(({ value }) => value)),
    );
  });

  it('are exported of what is not private, and of what is not even a name', async () => {
    const exported = async (name: string): Promise<string> => {
      const folder = join(project.directory, `exported-${name}`);
      const alone = new Project({ 'package.json': '{}' });
      try {
        const report = readFileSync(join(project.directory, `reports/${name}/default/report.json`), 'utf8');
        alone.write(`reports/${name}/default/report.json`, report);
        const cache = join(project.directory, 'cache');
        const done = await alone.fx('ui', '--export', folder, '--cache', cache);
        assert.equal(done.code, 0, done.err);
      } finally {
        alone.remove();
      }
      return readdirSync(join(folder, 'data'))
        .map((file) => readFileSync(join(folder, 'data', file), 'utf8'))
        .join('');
    };
    const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a]).toString('base64').slice(0, 8);
    const open = await exported('open');
    assert.equal(open.split(signature).length - 1, 32);
    assert.match(open, /ada\/0\.png/);
    const own = await exported('own');
    assert.match(own, /The hardest pairs/);
    assert.match(own, /The data set is private/);
    assert.ok(!own.includes(signature));
    for (const name of IMAGES) assert.ok(!own.includes(name), name);
    assert.match(own, /first two principal components/);
    for (const person of PERSONS) {
      const named = new RegExp(String.raw`\b${person}\\?"`);
      assert.match(open, named);
      assert.doesNotMatch(own, named);
    }
  });

  it('come with a map of the embeddings: by person, and of what is private by numbers', async () => {
    const map = (name: string): Promise<MapView> =>
      get<MapView>(address.map(`now:${name}/default`, 'verify', 'embeddings'));
    const { evidence } = await get<CellView>(address.cell('now:open/default', 'numbers', 0, 0));
    assert.deepEqual(evidence[0]!.maps, [
      { name: 'embeddings', says: 'The embeddings on their first two principal components.' },
    ]);
    const { x, y, total, of, colourings } = await map('open');
    assert.deepEqual([total, of, x.length, y.length], [16, 'images', 16, 16]);
    const persons = PERSONS.flatMap((person) => [person, person, person, person]);
    assert.deepEqual(colourings, [{ says: 'person', classes: persons }]);
    // Distances on the plane are no longer than those between the embeddings, and its first axis is the wider one.
    const raw = IMAGES.map((name) => Array.from(pixelsOf(name)));
    const mean = raw[0]!.map((_, k) => raw.reduce((sum, row) => sum + row[k]!, 0) / raw.length);
    const units = raw.map((row) => {
      const centred = row.map((value, k) => value - mean[k]!);
      return centred.map((value) => value / Math.hypot(...centred));
    });
    for (let i = 0; i < 16; i += 1) {
      for (let j = 0; j < i; j += 1) {
        const whole = Math.hypot(...units[i]!.map((value, k) => value - units[j]![k]!));
        assert.ok(Math.hypot(x[i]! - x[j]!, y[i]! - y[j]!) < whole + 1e-3);
      }
    }
    const width = (of: readonly number[]): number => of.reduce((sum, value) => sum + value * value, 0);
    assert.ok(width(x) > width(y));
    const own = await map('own');
    assert.deepEqual([own.x, own.y], [x, y]);
    assert.deepEqual(own.colourings, [
      { says: 'person', classes: ['1', '2', '3', '4'].flatMap((id) => [id, id, id, id]) },
    ]);
  });

  it('of templates show the first image of each that is at hand', async () => {
    const { stages } = JSON.parse(
      readFileSync(join(project.directory, 'reports/open/default/report.json'), 'utf8'),
    ) as {
      stages: readonly { readonly id: string; readonly key: string }[];
    };
    const cache = openCache(join(project.directory, 'cache'));
    const outputs = cache.results.look(stages.find(({ id }) => id === 'faces')!.key).record!.outputs;
    const split = (...templates: readonly (readonly [number, object])[]): object => ({ templates, comparisons: [] });
    const benchmark = {
      schema: 'fx/benchmark@1',
      kind: 'templates',
      name: 'ijba',
      splits: [
        split([5, { subject: 0, images: ['lost.png', 'ada/1.png'] }], [6, { subject: 1, images: ['bob/0.png'] }]),
        split([5, { subject: 2, images: ['eve/2.png'] }], [6, { subject: 2, images: ['lost.png'] }]),
      ],
    };
    project.write('templates/benchmark.json', JSON.stringify(benchmark));
    const scores = {
      benchmark: 'ijba',
      protocol: 'splits',
      score: Float64Array.of(0.9, 0.1, 0.8, 0.3),
      genuine: Uint8Array.of(0, 1, 1, 0),
      fold: Int32Array.of(0, 1, 0, 1),
      first: Int32Array.of(5, 5, 5, 6),
      second: Int32Array.of(6, 6, 6, 5),
    } as const;
    const scoresFile = join(project.directory, 'templates/scores.safetensors');
    writeFileSync(scoresFile, encodeScores(scores));
    const result = (
      files: Readonly<Record<string, string>>,
      inputs: Readonly<Record<string, TracedResult>>,
    ): TracedResult => ({
      locate: (file) => files[file],
      input: (name) => inputs[name],
    });
    const faces = result(Object.fromEntries(outputs.map(({ path, digest }) => [path, cache.blobs.locate(digest)])), {});
    const protocol = result(
      { 'benchmark.json': join(project.directory, 'templates/benchmark.json') },
      { images: faces },
    );
    const shown = await pairsToShow(result({ 'scores.safetensors': scoresFile }, { benchmark: protocol }), 8);
    const names = shown!.groups.map(({ cases }) => cases.map(({ items }) => items.map(({ name }) => name)));
    assert.deepEqual(names, [
      [
        ['template 5, 1 image: eve/2.png', 'template 6, 1 image'],
        ['template 5, 2 images: ada/1.png', 'template 6, 1 image: bob/0.png'],
      ],
      [
        ['template 5, 2 images: ada/1.png', 'template 6, 1 image: bob/0.png'],
        ['template 6, 1 image', 'template 5, 1 image: eve/2.png'],
      ],
    ]);
    // Where the images are not at hand, nobody can say that they may be seen.
    const bare = await pairsToShow(result({ 'scores.safetensors': scoresFile }, {}), 8);
    assert.match(bare!.hidden!, /no longer at hand/);
    assert.ok(
      bare!.groups.every(({ cases }) => cases.every(({ items }) => items.every((item) => item.name === undefined))),
    );
  });

  it('are kept back by the server where a kind forgets to', async () => {
    const tells = {
      says: 'All of it.',
      of: 'score',
      groups: (result: TracedResult) => {
        const isThere = result.input('embeddings')?.input('data')?.locate('dataset.json') !== undefined;
        const items = [{ name: 'ada/0.png', picture: Uint8Array.of(1) }];
        const cases = [{ value: 1, says: 'accepted', isWrong: isThere, items }];
        return Promise.resolve({ groups: [{ says: 'A group', total: 1, cases }] });
      },
    };
    const of = uiProject();
    const kinds = new Map(
      [...builtInKinds, { ...benchmarksVerify, shows: { cases: { hardest: tells } } }].map((kind) => [kind.name, kind]),
    );
    const answers = new Answers({ ...of, kinds: kinds as ReadonlyMap<string, AnyStageKind> });
    const shown = async (name: string): Promise<CasesView> => {
      const [at, query] = address.cases(`now:${name}/default`, 'verify', 'hardest').split('?') as [string, string];
      const answer = await answers.get(at, new URLSearchParams(query));
      return ('json' in answer ? answer.json : undefined) as CasesView;
    };
    const [open, own] = [await shown('open'), await shown('own')];
    assert.deepEqual(open.groups[0]!.cases[0]!.items, [{ name: 'ada/0.png', picture: 'AQ==' }]);
    assert.deepEqual(own.groups[0]!.cases[0], { value: 1, says: 'accepted', isWrong: true, items: [{}] });
    assert.match(own.hidden!, /private/);
  });

  it('are seen in a browser, on a phone and in the dark, and by a screen reader', async function () {
    this.timeout(300_000);
    const browser = await needsBrowser(this);
    const server = await serveUi(uiProject());
    try {
      for (const options of [{ width: 390 }, { width: 1280, dark: true }]) {
        const { page, wrong } = await watchedPage(browser, `http://127.0.0.1:${server.port}/`, options);
        await page.goto(server.address);
        await page.getByRole('heading', { level: 1 }).waitFor();
        const judge = await accessibility(page);
        for (const [name, pictures] of [
          ['open', 32],
          ['own', 0],
        ] as const) {
          const place = `#/report/${encodeURIComponent(`now:${name}/default`)}/cell/numbers/0/0`;
          await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
          const cases = page.getByRole('region', { name: 'The hardest pairs' });
          await cases.getByText('Impostor pairs with the highest scores').waitFor();
          assert.equal(await cases.locator('img').count(), pictures);
          assert.equal(await cases.getByText('The data set is private').count(), pictures === 0 ? 1 : 0);
          const isDrawn = await page.evaluate<boolean>(
            `[...document.querySelectorAll('.cases img')].every((image) => image.complete && image.naturalWidth === ${SIDE})`,
          );
          assert.ok(isDrawn, 'a picture is not drawn');
          const map = page.getByRole('region', { name: 'The embeddings on their first two principal components' });
          await map.scrollIntoViewIfNeeded();
          await map.locator('canvas').waitFor();
          assert.equal(await map.getByText('ada (4)').count(), pictures === 0 ? 0 : 1);
          // Each person's points are there, in the colour that the legend gives them.
          await page.waitForFunction(
            `(() => {
              const canvas = document.querySelector('.map canvas');
              const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
              copy.drawImage(canvas, 0, 0);
              const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
              const seen = ([r, g, b]) => {
                for (let i = 0; i < data.length; i += 4)
                  if (Math.hypot(data[i] - r, data[i + 1] - g, data[i + 2] - b) < 60) return true;
                return false;
              };
              return [[0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167]].every(seen);
            })()`,
          );
          if (process.env.FX_SCREENSHOTS !== undefined)
            await map.screenshot({ path: join(process.env.FX_SCREENSHOTS, `map-${name}-${options.width}.png`) });
          assert.equal(await judge(), '[]', name);
          const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
          assert.ok(overflow <= 0);
          await page.evaluate("location.hash = '#/reports'");
          await page.getByRole('dialog').waitFor({ state: 'detached' });
        }
        assert.deepEqual(wrong, []);
        await page.context().close();
      }
    } finally {
      await server.close();
      await browser.close();
    }
  });
});
