import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ijbaSplit,
  type PairBenchmark,
  type TemplateBenchmark,
} from '../../../src/plugins/recognition/benchmarks/benchmark.js';
import { directions, type Embeddings } from '../../../src/plugins/recognition/benchmarks/embeddings.js';
import { fuseSimilarities } from '../../../src/plugins/recognition/benchmarks/fusion.js';
import { DEFAULT_VERIFY, verify } from '../../../src/plugins/recognition/benchmarks/verify.js';
import {
  ijbaName,
  ijbaTableFile,
  parseIjbaComparisons,
  parseIjbaMetadata,
} from '../../../src/plugins/recognition/datasets/formats/ijba.js';
import { parsePairs } from '../../../src/plugins/recognition/datasets/formats/lfw.js';
import { stream } from '../../../src/foundation/numbers/random.js';
import type { Result } from '../../../src/foundation/failures/result.js';

const FIXTURES = 'tests/recognition/datasets/fixtures';

function value<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : result.error.map((d) => d.message).join('\n'));
  return result.value;
}

function messages(result: Result<unknown>): string[] {
  assert.ok(!result.ok);
  return result.error.map((d) => d.message);
}

/** Embeddings that tell persons apart but for noise. */
function embed(names: readonly string[], person: (name: string) => string, noise: number): Embeddings {
  const dimension = 8;
  const persons = [...new Set(names.map(person))].sort();
  const values = new Float32Array(names.length * dimension);
  names.forEach((name, row) => {
    const centre = stream(1, 'person', persons.indexOf(person(name)));
    const own = stream(1, 'image', row);
    for (let i = 0; i < dimension; i += 1) values[row * dimension + i] = centre.normal() + noise * own.normal();
  });
  return { names, dimension, values };
}

const folder = (name: string) => name.split('/')[0]!;
const quick = DEFAULT_VERIFY;

describe('cosine similarity', () => {
  it('does not depend on the lengths of embeddings', () => {
    const unit = value(directions({ names: ['a', 'b'], dimension: 2, values: Float32Array.of(3, 4, 10, 0) }));
    assert.ok(Math.abs(unit.cosine(unit.row('a')!, unit.row('b')!) - 0.6) < 1e-15);
    assert.equal(unit.row('c'), undefined);
  });

  it('is refused of embeddings that are zero or not numbers, which are named', () => {
    const values = Float32Array.of(1, 0, 0, 0, NaN, 1);
    assert.match(
      messages(directions({ names: ['a', 'b', 'c'], dimension: 2, values }))[0]!,
      /^2 of 3 embeddings are zero or not finite: b, c$/,
    );
  });
});

describe('fusion of template similarities', () => {
  it('is the mean of softmax averages for β = 0 to 20, as in NumPy', () => {
    const cases = JSON.parse(readFileSync('tests/recognition/benchmarks/fixtures/fusion.json', 'utf8')) as {
      similarities: number[];
      fused: number;
    }[];
    for (const { similarities, fused } of cases) {
      assert.ok(Math.abs(fuseSimilarities(similarities) - fused) < 1e-12);
    }
  });

  it('of one image against one is their similarity, and of many lies between mean and greatest', () => {
    assert.ok(Math.abs(fuseSimilarities([0.3]) - 0.3) < 1e-15);
    const fused = fuseSimilarities([0.9, -0.1, 0.1]);
    assert.ok(fused > 0.3 && fused < 0.9);
  });
});

describe('LFW verification', () => {
  const list = value(parsePairs(readFileSync(join(FIXTURES, 'lfw/pairs.txt'), 'utf8')));
  const benchmark: PairBenchmark = { kind: 'pairs', name: 'lfw', list };
  const names = [...new Set(list.pairs.flatMap(({ a, b }) => [a, b]))].sort();

  it('scores every pair and sums up accuracy over folds and rates over all pairs', () => {
    const { scores, metrics, warnings } = value(verify(benchmark, embed(names, folder, 0.01), quick));
    assert.deepEqual(warnings, []);
    assert.deepEqual([...scores.genuine], [1, 1, 0, 0, 1, 1, 0, 0]);
    assert.deepEqual([...scores.fold], [0, 0, 0, 0, 1, 1, 1, 1]);
    assert.deepEqual([metrics.pairs, metrics.genuine, metrics.impostor, metrics.leftOut], [8, 4, 4, 0]);
    assert.deepEqual(Object.keys(metrics.metrics), [
      'accuracy',
      'auc',
      'eer',
      'tar@far=0.1',
      'tar@far=0.01',
      'tar@far=0.001',
    ]);
    assert.deepEqual([metrics.metrics.accuracy!.value, metrics.metrics.accuracy!.std], [1, 0]);
    assert.equal(metrics.metrics.auc!.value, 1);
    assert.deepEqual(JSON.parse(JSON.stringify(metrics)), metrics);
  });

  it('says who its persons are where the benchmark does, of all of them or of none', () => {
    const persons = new Map(names.map((name) => [name, name.split('/')[0]!]));
    const everyone = [...new Set(persons.values())].sort();
    const known = new Map(everyone.map((person, i) => [person, String(i).padStart(16, 'a')]));
    const namesIn = (more: Partial<PairBenchmark>) =>
      value(verify({ ...benchmark, ...more }, embed(names, folder, 0.01), quick)).outcomes!.names;
    const found = namesIn({ persons, known })!;
    assert.deepEqual(
      [...found].sort(([a], [b]) => a - b),
      everyone.map((person, i) => [i, known.get(person)]),
    );
    assert.equal(namesIn({ persons }), undefined);
    assert.equal(namesIn({ known }), undefined, 'folds stand in for persons');
    assert.equal(namesIn({ persons, known: new Map([...known].slice(1)) }), undefined);
  });

  it('names a missing image with the pair that needs it, or leaves its pairs out', () => {
    const without = embed(
      names.filter((name) => name !== 'Cy_Three/Cy_Three_0002.jpg'),
      folder,
      0.01,
    );
    assert.deepEqual(messages(verify(benchmark, without, quick)), [
      'lfw: there is no embedding of Cy_Three/Cy_Three_0002.jpg, which pair 2 of fold 2 needs ' +
        '(Cy_Three/Cy_Three_0001.jpg and Cy_Three/Cy_Three_0002.jpg)',
    ]);
    const { metrics, warnings } = value(verify(benchmark, without, { ...quick, missing: 'leave-out' }));
    assert.deepEqual([metrics.pairs, metrics.leftOut, warnings.length], [6, 2, 1]);
    assert.equal(warnings[0]!.severity, 'warning');
  });

  it('has no accuracy of one fold alone, and says why', () => {
    const single = { ...benchmark, list: { ...list, pairs: list.pairs.map((pair) => ({ ...pair, fold: 0 })) } };
    const { metrics, warnings } = value(verify(single, embed(names, folder, 0.01), quick));
    assert.equal(metrics.metrics.accuracy, undefined);
    assert.match(
      warnings[0]!.message,
      /^lfw: there is one fold alone, and accuracy takes its threshold from the others/,
    );
  });

  it('does not drown its reader where all images are missing', () => {
    const nobody = embed(['x/1.jpg'], folder, 0);
    assert.equal(messages(verify(benchmark, nobody, quick)).length, names.length);
    const long = {
      ...list,
      pairs: Array.from({ length: 60 }, (_, i) => ({ fold: 0, genuine: true, a: `a${i}`, b: 'b' })),
    };
    const said = messages(verify({ ...benchmark, list: long }, nobody, quick));
    assert.equal(said.length, 21);
    assert.equal(said[20], 'and 41 more of the same kind');
  });

  it('runs the published protocol: chance for noise, and close to all right for good embeddings', function () {
    const path = join(process.env.FX_TEST_DATA ?? '../shared/data', 'lfw/pairs.txt');
    if (!existsSync(path)) {
      console.log(`      skipped: ${path} is not there`);
      this.skip();
    }
    const published: PairBenchmark = { ...benchmark, list: value(parsePairs(readFileSync(path, 'utf8'), path)) };
    const images = [...new Set(published.list.pairs.flatMap(({ a, b }) => [a, b]))];
    const accuracy = (noise: number) =>
      value(verify(published, embed(images, folder, noise), quick)).metrics.metrics.accuracy!;
    assert.ok(accuracy(0.1).value > 0.97);
    const noise = accuracy(1000);
    assert.ok(Math.abs(noise.value - 0.5) < 0.03);
    assert.equal(noise.each!.length, 10);
  });
});

describe('IJB-A verification', () => {
  const splits = [1, 2].map((split) => {
    const read = (table: 'verify_metadata' | 'verify_comparisons') => {
      const path = ijbaTableFile(table, split);
      return [readFileSync(join(FIXTURES, 'ijba', path), 'utf8'), path] as const;
    };
    const rows = value(parseIjbaMetadata(...read('verify_metadata')));
    return { rows, comparisons: value(parseIjbaComparisons(...read('verify_comparisons'))) };
  });
  const benchmark: TemplateBenchmark = {
    kind: 'templates',
    name: 'ijba',
    splits: splits.map(({ rows, comparisons }) => value(ijbaSplit(rows, comparisons))),
  };
  const all = [...new Set(splits.flatMap(({ rows }) => rows.map(ijbaName)))];
  const subject = (name: string) => /#(\d+)@/.exec(name)![1]!;
  const lacking = (pattern: RegExp) =>
    embed(
      all.filter((name) => !pattern.test(name)),
      subject,
      0.05,
    );

  it('fuses templates of one image and of several, split by split', () => {
    const embeddings = lacking(/404/);
    const { scores, metrics, warnings } = value(verify(benchmark, embeddings, quick));
    assert.deepEqual([...scores.genuine], [1, 1, 0, 0, 1, 1, 0, 0, 0]);
    assert.deepEqual([...scores.fold], [0, 0, 0, 0, 1, 1, 1, 1, 1]);
    assert.deepEqual([scores.first[4], scores.second[4]], [1, 2]);
    assert.equal(metrics.metrics.accuracy, undefined);
    assert.deepEqual(metrics.metrics['tar@far=0.1'], {
      ...metrics.metrics['tar@far=0.1'],
      value: 1,
      std: 0,
      each: [1, 1],
    });
    // Template 1 has one image, template 2 two: the fused score is of their two similarities.
    const unit = value(directions(embeddings));
    const row = (pattern: RegExp) => unit.row(embeddings.names.find((name) => pattern.test(name))!)!;
    const two = [/10_1/, /10_2/].map((pattern) => unit.cosine(row(/img\/1\.jpg#100/), row(pattern)));
    assert.equal(scores.score[0], fuseSimilarities(two));
    assert.deepEqual(
      warnings.map((w) => w.message),
      [
        'ijba: there is no embedding of img/404.jpg#101@50,60,140,140; template 4 of split 1 is compared by its other images',
      ],
    );
  });

  it('names a template without any image, or leaves its comparisons out', () => {
    const without = lacking(/404|img\/3/);
    assert.deepEqual(messages(verify(benchmark, without, quick)), [
      'ijba: template 5 of split 2 cannot be compared: there is no embedding of img/3.jpg#102@,,,',
    ]);
    const { metrics } = value(verify(benchmark, without, { ...quick, missing: 'leave-out' }));
    assert.deepEqual([metrics.pairs, metrics.leftOut], [8, 1]);
  });

  it('refuses comparisons of templates that are not described, and templates of two subjects', () => {
    const { rows } = splits[0]!;
    assert.deepEqual(messages(ijbaSplit(rows, [[1, 99]])), [
      'template 99 is compared, but no row of the metadata describes it',
    ]);
    assert.match(
      messages(ijbaSplit([...rows, { ...rows[0]!, subject: 7 }], []))[0]!,
      /template 1 is of subject 100 and,/,
    );
  });
});
