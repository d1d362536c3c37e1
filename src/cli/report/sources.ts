import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { failure } from '../../foundation/failures/diagnostic.js';
import { byCodeUnit } from '../../foundation/values/json.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { readText } from '../../foundation/files/text-file.js';
import { readReport } from '../../report/read.js';
import type { Report } from '../../report/report.js';

/** Reports by `experiment/profile`. */
export type Reports = ReadonlyMap<string, Report>;

/** Where reports lie in a project. */
const FOLDER = 'reports';

/**
 * The reports that an argument of `fx diff` means: a `report.json`, a folder with reports below it, `revision:path` of
 * either in git's words, or a revision alone for all its `reports/`.
 */
export async function readReports(source: string): Promise<Result<Reports>> {
  if (existsSync(source)) return gather(filesBelow(source).map((path) => [path, readText(path)]));
  const colon = source.indexOf(':');
  const revision = colon < 0 ? source : source.slice(0, colon);
  const path = colon < 0 ? FOLDER : source.slice(colon + 1).replace(/\/+$/, '');
  const listed = await git(['ls-tree', '-r', '--name-only', '-z', `${revision}^{commit}`, '--', path]);
  if (listed === undefined) {
    return fail(
      failure(
        'diff/no-report',
        `there is no file, folder or commit \`${source}\``,
        'name a report.json, a folder of reports, a commit, or `commit:path`',
      ),
    );
  }
  const texts: (readonly [string, string])[] = [];
  for (const file of listed.split('\0').filter(isReport)) {
    texts.push([`${revision}:${file}`, (await git(['cat-file', 'blob', `${revision}:./${file}`])) ?? '']);
  }
  return gather(texts, source);
}

function gather(texts: readonly (readonly [string, string])[], source = ''): Result<Reports> {
  const reports = new Map<string, Report>();
  for (const [name, text] of texts) {
    const read = readReport(text, name);
    if (!read.ok) return read;
    const { experiment } = read.value;
    reports.set(`${experiment.name}/${experiment.profile}`, read.value);
  }
  return reports.size > 0 ? ok(reports) : fail(failure('diff/no-report', `${source || 'there'} holds no report.json`));
}

function isReport(path: string): boolean {
  return path === 'report.json' || path.endsWith('/report.json');
}

function filesBelow(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  const found = readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name));
  return found.filter((name) => isReport(relative(path, name).replaceAll('\\', '/'))).sort(byCodeUnit);
}

/** What git prints; undefined where it fails. */
async function git(words: readonly string[]): Promise<string | undefined> {
  const { exitCode, stdout } = await execa('git', words, {
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 2 ** 28,
  });
  return exitCode === 0 ? stdout : undefined;
}
