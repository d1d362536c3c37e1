import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { SafetensorsFile } from '../../src/foundation/formats/safetensors.js';

/** A safetensors file of a header and so many bytes. */
function made(header: string, bytes = 64, length = Buffer.byteLength(header)): Buffer {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(length));
  return Buffer.concat([head, Buffer.from(header), Buffer.alloc(bytes)]);
}

const tensor = (shape: string, begin: number, end: number, dtype = 'U8'): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

describe('a safetensors file that means harm', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fx-files-'));
  after(() => rmSync(folder, { recursive: true }));

  const harmful: Readonly<Record<string, Buffer>> = {
    'a header as long as 2^63': made('{}', 8, 2 ** 62),
    'a tensor that is null': made('{"a":null}'),
    'a tensor that is a list': made('{"a":[]}'),
    'a header that is a list': made('[]'),
    'a header nested a hundred thousand deep': made(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`),
    'tensors that lie over each other': made(`{"a":${tensor('[8]', 0, 8)},"b":${tensor('[8]', 4, 12)}}`),
    'a tensor inside another': made(`{"a":${tensor('[64]', 0, 64)},"b":${tensor('[8]', 4, 12)}}`),
    'a tensor past the end': made(`{"a":${tensor('[128]', 0, 128)}}`),
    'a tensor that ends before it begins': made(`{"a":${tensor('[0]', 8, 4)}}`),
    'a shape whose size has no number': made(`{"a":${tensor('[9007199254740991,9007199254740991]', 0, 64)}}`),
    'a shape with a hole': made(`{"a":${tensor('[1,null]', 0, 0)}}`),
    'a negative offset': made(`{"a":${tensor('[8]', -8, 0)}}`),
    'a type named as what every object has': made(`{"a":${tensor('[8]', 0, 8, 'toString')}}`),
    'a type named __proto__': made(`{"a":${tensor('[8]', 0, 8, '__proto__')}}`),
    'metadata that are no texts': made('{"__metadata__":{"a":{"b":1}}}'),
    'metadata that are null': made('{"__metadata__":null}'),
    'no bytes': Buffer.alloc(0),
  };
  for (const [what, bytes] of Object.entries(harmful)) {
    it(`is refused for ${what}`, () => {
      const path = join(folder, 'file');
      writeFileSync(path, bytes);
      const opened = SafetensorsFile.open(path);
      assert.ok(!opened.ok);
      assert.equal(opened.error[0]!.code, 'safetensors/malformed');
    });
  }

  it('is refused for a header of a gigabyte before it is read', () => {
    const path = join(folder, 'huge');
    writeFileSync(path, made('', 0, 2 ** 30));
    truncateSync(path, 2 ** 31);
    const before = process.memoryUsage().rss;
    assert.ok(!SafetensorsFile.open(path).ok);
    assert.ok(process.memoryUsage().rss - before < 200 << 20);
  });

  it('is not waited for where it is a pipe', () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    assert.throws(() => SafetensorsFile.open(join(folder, 'pipe')), { code: 'EFTYPE' });
  });

  it('is read where it is honest, a tensor of nothing among others', () => {
    const path = join(folder, 'honest');
    writeFileSync(
      path,
      made(`{"a":${tensor('[8]', 0, 8)},"b":${tensor('[0,3]', 8, 8)},"c":${tensor('[4]', 8, 12)}}`, 12),
    );
    const opened = SafetensorsFile.open(path);
    assert.ok(opened.ok);
    assert.deepEqual([...opened.value.tensors.keys()], ['a', 'b', 'c']);
    opened.value.close();
  });
});

describe('the workflow of .github', () => {
  interface Step {
    readonly uses?: string;
    readonly run?: string;
    readonly env?: Readonly<Record<string, string>>;
  }
  interface Job {
    readonly permissions?: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, string>>;
    readonly steps: readonly Step[];
  }
  const workflow = parse(readFileSync('.github/workflows/verify.yml', 'utf8')) as {
    readonly permissions: Readonly<Record<string, string>>;
    readonly jobs: Readonly<Record<string, Job>>;
  };
  const jobs = Object.values(workflow.jobs);

  it('pins every action by digest', () => {
    const used = jobs.flatMap(({ steps }) => steps.map(({ uses }) => uses)).filter((uses) => uses !== undefined);
    assert.ok(used.length >= 3);
    for (const uses of used) assert.match(uses, /@[0-9a-f]{40}$/);
  });

  it('lets only a job write that runs nothing of the repository', () => {
    assert.deepEqual(workflow.permissions, { contents: 'read' });
    const writing = jobs.filter(({ permissions = {} }) => Object.values(permissions).includes('write'));
    assert.equal(writing.length, 1);
    for (const { uses, run } of writing[0]!.steps)
      assert.doesNotMatch(`${uses ?? ''} ${run ?? ''}`, /checkout|npm|node |scripts\/|bin\/fx/);
  });

  it('gives the remote’s token to no step that a pull request runs', () => {
    for (const { env = {}, steps } of jobs) {
      assert.doesNotMatch(JSON.stringify(env), /secrets\./);
      for (const step of steps) {
        if (!JSON.stringify(step.env ?? {}).includes('secrets.')) continue;
        assert.doesNotMatch(step.run ?? '', /npm ci/);
        assert.equal((step as { if?: string }).if, "github.event_name == 'push'");
      }
    }
  });
});
