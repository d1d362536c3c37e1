import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../src/foundation/files/digest.js';
import { Project } from './project.js';
import { readZip } from './zip.js';

type Entity = Record<string, unknown> & { '@id': string; '@type': string | string[] };

const STUDY = 'experiments/study.yaml';

/**
 * What the specifications say must be: RO-Crate 1.1 (https://w3id.org/ro/crate/1.1), Workflow RO-Crate 1.0, Process Run Crate
 * and Workflow Run Crate 0.5 (https://w3id.org/ro/wfrun/). Each test names the clause.
 */
describe('the crate of a bundle', function () {
  this.timeout(60_000);
  let files: ReadonlyMap<string, Buffer>;
  let json: { '@context': unknown; '@graph': Entity[] };
  const entity = (id: string): Entity => {
    const found = json['@graph'].find((each) => each['@id'] === id);
    assert.ok(found !== undefined, `no entity ${id}`);
    return found;
  };
  const list = (value: unknown): readonly unknown[] => (value === undefined ? [] : [value].flat());
  const ids = (value: unknown): readonly string[] => list(value).map((each) => (each as { '@id': string })['@id']);
  const types = (of: Entity): readonly string[] => list(of['@type']) as string[];
  const text = (value: unknown): string => {
    assert.ok(typeof value === 'string' && value.length > 0);
    return value;
  };

  before(async () => {
    const project = Project.example();
    project.write('package.json', '{ "name": "study", "private": true, "license": "Apache-2.0" }');
    project.write(
      'CITATION.cff',
      'title: A study\ndoi: 10.1000/182\nauthors: [{ given-names: Jane, family-names: Doe }]\n',
    );
    assert.equal((await project.fx(['run', STUDY])).code, 0);
    const { code, err } = await project.fx(['export', STUDY, '--to', 'study.zip']);
    assert.equal(code, 0, err);
    const zip = readFileSync(join(project.folder, 'study.zip'));
    files = readZip(zip);
    assert.equal(zip.indexOf('ro-crate-metadata.json'), 30, 'the first entry, as readers of crates like it');
    project.remove();
    rmSync(`${project.folder}.kept`, { recursive: true, force: true });
    json = JSON.parse(files.get('ro-crate-metadata.json')!.toString()) as typeof json;
  });

  it('has its metadata in ro-crate-metadata.json: a context by URI and a flat graph', () => {
    assert.ok(list(json['@context']).includes('https://w3id.org/ro/crate/1.1/context'));
    assert.ok(Array.isArray(json['@graph']));
    for (const each of json['@graph']) {
      text(each['@id']);
      assert.ok(types(each).length > 0, 'every entity has a type');
      for (const [name, value] of Object.entries(each)) {
        for (const nested of list(value)) {
          if (typeof nested !== 'object' || name.startsWith('@')) continue;
          assert.deepEqual(Object.keys(nested!), ['@id'], `${each['@id']} nests ${name}`);
        }
      }
    }
    const all = json['@graph'].map((each) => each['@id']);
    assert.equal(new Set(all).size, all.length, 'no entity twice');
  });

  it('has a descriptor about the root, that conforms to RO-Crate 1.1', () => {
    const descriptor = entity('ro-crate-metadata.json');
    assert.deepEqual(types(descriptor), ['CreativeWork']);
    assert.deepEqual(descriptor.about, { '@id': './' });
    assert.ok(ids(descriptor.conformsTo).includes('https://w3id.org/ro/crate/1.1'));
    assert.ok(ids(descriptor.conformsTo).includes('https://w3id.org/workflowhub/workflow-ro-crate/1.0'));
  });

  it('has a root with a name, a description, a date and a licence', () => {
    const root = entity('./');
    assert.ok(types(root).includes('Dataset'));
    text(root.name);
    text(root.description);
    assert.match(text(root.datePublished), /^\d{4}-\d{2}-\d{2}T/);
    assert.deepEqual(root.license, { '@id': 'https://spdx.org/licenses/Apache-2.0' });
    text(entity('https://spdx.org/licenses/Apache-2.0').name);
  });

  it('names every file of the zip as a part, with its size and digest, and no other', () => {
    const parts = ids(entity('./').hasPart);
    assert.equal(new Set(parts).size, parts.length);
    const named = parts.map((id) => id.split('/').map(decodeURIComponent).join('/'));
    assert.deepEqual([...named].sort(), [...files.keys()].filter((name) => name !== 'ro-crate-metadata.json').sort());
    for (const [i, id] of parts.entries()) {
      const file = entity(id);
      assert.ok(types(file).includes('File'));
      assert.equal(file.contentSize, String(files.get(named[i]!)!.length));
      assert.equal(file.sha256, sha256(files.get(named[i]!)!));
      text(file.name);
      text(file.encodingFormat);
    }
  });

  it('describes all that it refers to inside of itself', () => {
    const known = new Set(json['@graph'].map((each) => each['@id']));
    const outside = /^https:\/\/(w3id\.org\/ro\/crate\/1\.1$|bioschemas\.org\/profiles\/)/;
    for (const each of json['@graph'])
      for (const [name, value] of Object.entries(each)) {
        if (name.startsWith('@')) continue;
        for (const to of list(value).filter((one) => typeof one === 'object' && one !== null)) {
          const id = (to as { '@id': string })['@id'];
          assert.ok(known.has(id) || outside.test(id), `${each['@id']} refers to ${id}`);
        }
      }
  });

  it('declares its profiles', () => {
    const profiles = ids(entity('./').conformsTo);
    for (const profile of [
      'https://w3id.org/ro/wfrun/process/0.5',
      'https://w3id.org/ro/wfrun/workflow/0.5',
      'https://w3id.org/workflowhub/workflow-ro-crate/1.0',
    ]) {
      assert.ok(profiles.includes(profile));
      assert.ok(types(entity(profile)).includes('CreativeWork'));
      text(entity(profile).name);
      text(entity(profile).version);
    }
  });

  it('has the experiment as its main entity: a workflow in a named language', () => {
    const [id] = ids(entity('./').mainEntity);
    const workflow = entity(id!);
    assert.equal(id, 'experiments/study.yaml');
    assert.deepEqual([...types(workflow)].sort(), ['ComputationalWorkflow', 'File', 'SoftwareSourceCode']);
    const language = entity(ids(workflow.programmingLanguage)[0]!);
    assert.ok(types(language).includes('ComputerLanguage'));
    text(language.name);
    for (const input of ids(workflow.input)) {
      assert.ok(types(entity(input)).includes('FormalParameter'));
      text(entity(input).additionalType);
    }
    assert.equal(ids(workflow.input).length, 1);
  });

  it('has an action of the workflow, and one of each stage, with instruments, results and times', () => {
    const actions = json['@graph'].filter((each) => types(each).includes('CreateAction'));
    assert.equal(actions.length, 1 + 3);
    const mentioned = ids(entity('./').mentions);
    for (const action of actions) {
      assert.ok(mentioned.includes(action['@id']));
      text(action.name);
      const [instrument, ...more] = ids(action.instrument);
      assert.equal(more.length, 0);
      const kinds = ['SoftwareApplication', 'SoftwareSourceCode', 'ComputationalWorkflow'];
      assert.ok(types(entity(instrument!)).some((type) => kinds.includes(type)));
      text(entity(instrument!).name);
      for (const result of ids(action.result)) assert.ok(types(entity(result)).includes('File'));
      assert.ok(ids(action.result).length > 0);
      assert.ok(Date.parse(text(action.startTime)) <= Date.parse(text(action.endTime)));
    }
    const whole = actions.filter(({ instrument }) => ids(instrument)[0] === 'experiments/study.yaml');
    assert.equal(whole.length, 1);
    assert.ok(ids(whole[0]!.object).includes('data/text.txt'));
    assert.ok(ids(whole[0]!.result).includes('reports/study/default/report.json'));
    const values = ids(whole[0]!.object)
      .map(entity)
      .filter((each) => types(each).includes('PropertyValue'));
    assert.deepEqual(
      values.map(({ name, value: given }) => [name, given]),
      [['upper', false]],
    );
    for (const each of values) assert.ok(types(entity(ids(each.exampleOfWork)[0]!)).includes('FormalParameter'));
  });

  it('cites the article with its authors', () => {
    const article = entity(ids(entity('./').citation)[0]!);
    assert.equal(article['@id'], 'https://doi.org/10.1000/182');
    assert.ok(types(article).includes('ScholarlyArticle'));
    assert.equal(entity(ids(article.author)[0]!).name, 'Jane Doe');
  });

  it('has the schemas, the lock, the report and facts about software and machines', () => {
    for (const name of [
      'schemas/experiment.schema.json',
      'reports/study/default/lock.yaml',
      'reports/study/default/report.html',
    ])
      assert.ok(files.has(name), name);
    const facts = JSON.parse(files.get('fx-bundle/facts.json')!.toString()) as Record<string, unknown>;
    assert.equal(facts.experiment, 'experiments/study.yaml');
    text(facts.fx);
    text(facts.node);
    assert.ok(json['@graph'].some((each) => types(each).includes('Place') && text(each.description).includes('cores')));
  });
});

describe('an experiment in one file', function () {
  this.timeout(30_000);

  it('has the keys of the original, wherever what it extends lies', async () => {
    const project = Project.example();
    project.write('experiments/deep/shared.yaml', project.read('experiments/shared.yaml').replaceAll('../', '../../'));
    project.edit(STUDY, './shared.yaml', './deep/shared.yaml');
    rmSync(join(project.folder, 'experiments/shared.yaml'));
    assert.equal((await project.fx(['run', STUDY])).code, 0);
    const made = await project.fx(['export', STUDY, '--single', '--to', 'appendix/one.yaml']);
    assert.equal(made.code, 0, made.err);
    assert.match(
      made.err,
      /It also needs these files, by their paths from its folder: \.\.\/stages\/words\.js, \.\.\/data\/text\.txt/,
    );
    const single = project.read('appendix/one.yaml');
    assert.doesNotMatch(single, /^extends/m);
    rmSync(join(project.folder, 'experiments'), { recursive: true });
    const before = project.executions();
    const { code, err } = await project.fx(['run', 'appendix/one.yaml']);
    assert.equal(code, 0, err);
    assert.match(err, /3 reused/);
    assert.equal(project.executions(), before);
    const again = await project.fx(['run', 'appendix/one.yaml', '--set', 'upper=true']);
    assert.match(again.err, /2 reused, 1 executed/);
    project.remove();
  });

  it('has the paths that parameters give from where it lies, and leaves those that are written beside it', async () => {
    const project = Project.example();
    const parameters = (name: string): string => `parameters:\n  ${name}: { value: ../data/text.txt }\n`;
    project.write(
      'experiments/deep/shared.yaml',
      `${parameters('theirs').replace('../', '../../')}${project.read('experiments/shared.yaml').replaceAll('../', '../../').replace('fx: 1\n', '')}fx: 1\n`,
    );
    project.edit(STUDY, './shared.yaml', './deep/shared.yaml');
    const made = await project.fx(['export', STUDY, '--single', '--to', 'appendix/one.yaml']);
    assert.equal(made.code, 0, made.err);
    assert.match(project.read('appendix/one.yaml'), /theirs: \{ value: '?\.\.\/data\/text\.txt/);
    project.remove();
  });

  it('names all that it needs: modules, what they import, and inputs, from where it lies', async () => {
    const project = Project.example();
    project.write('stages/deeper/one.js', 'export const one = 1;\n');
    project.write('stages/words.js', `import './deeper/one.js';\n${project.read('stages/words.js')}`);
    const made = await project.fx(['export', STUDY, '--single', '--to', 'appendix/one.yaml']);
    assert.equal(made.code, 0, made.err);
    const needs = ['../stages/deeper/one.js', '../stages/words.js', '../data/text.txt'];
    assert.ok(made.err.includes(`from its folder: ${needs.join(', ')}\n`), made.err);
    project.remove();
  });
});
