import { execa } from 'execa';
import { failure } from '../../foundation/failures/diagnostic.js';
import { fail, ok } from '../../foundation/failures/result.js';
import type { Commit, Commits } from '../../ui/server/project.js';

/** Commits that are looked through. */
const MOST = 50;

/** What was committed of a project's `reports/`, asked of git; nothing where there is no repository. */
export function commitsOf(project: string): Commits {
  const git = async (words: readonly string[]): Promise<Buffer | undefined> => {
    const { exitCode, stdout } = await execa('git', ['-C', project, ...words], {
      reject: false,
      stripFinalNewline: false,
      encoding: 'buffer',
      maxBuffer: 2 ** 26,
    });
    return exitCode === 0 ? Buffer.from(stdout) : undefined;
  };
  let listed: { readonly head: string; readonly commits: readonly Commit[] } | undefined;
  return {
    async list() {
      const head = (await git(['rev-parse', 'HEAD']))?.toString('utf8') ?? '';
      if (listed?.head === head) return listed.commits;
      const format = ['log', '-n', String(MOST), '--relative', '--name-only', '--format=%x01%H%x00%cI%x00%s%x00'];
      const text = head === '' ? undefined : await git([...format, '--', 'reports']);
      const commits = (text?.toString('utf8') ?? '').split('\x01').flatMap((each) => commitFrom(each) ?? []);
      listed = { head, commits };
      return commits;
    },
    async read(commit, path) {
      const blob = /^[0-9a-f]{7,64}$/.test(commit)
        ? await git(['cat-file', 'blob', `${commit}:./reports/${path}`])
        : undefined;
      return blob === undefined ? fail(failure('ui/no-report', 'that commit has no such report')) : ok(blob);
    },
  };
}

function commitFrom(text: string): Commit | undefined {
  const [id, when, says, files] = text.split('\0');
  if (id === undefined || when === undefined || says === undefined) return undefined;
  const reports = (files ?? '').split('\n').flatMap((file) => {
    const [, experiment, profile] = /^reports\/([^/]+)\/([^/]+)\/report\.json$/.exec(file) ?? [];
    return experiment === undefined || profile === undefined ? [] : [{ experiment, profile }];
  });
  return reports.length === 0 ? undefined : { id, when, says, reports };
}
