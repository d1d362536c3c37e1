import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { openCache } from '../../engine/artifacts/cache.js';
import { ownedName } from '../../engine/artifacts/store/owner.js';
import { installProject, installResults, type InstalledResults } from '../../engine/sharing/bundle/install.js';
import { entryKind, FACTS, ORIGIN } from '../../engine/sharing/bundle/layout.js';
import { OpenedBundle } from '../../engine/sharing/bundle/unpack.js';
import type { SharingCode } from '../../engine/sharing/codes.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { sha256OfFile } from '../../foundation/files/digest.js';
import { isSystemError } from '../../foundation/files/files.js';
import { isJsonObject, type Json } from '../../foundation/values/json.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { originOf, type Origin } from './origin.js';
import { trustedSigners } from './remote.js';

export interface UnpackOptions {
  /** Default: the bundle's name without its ending, here. */
  readonly to?: string;
  /** Where its results go. Default: `cache/` in the folder, so that they are not taken for the user's own. */
  readonly cache?: string;
  readonly trust?: boolean;
}

export interface Unpacked {
  readonly folder: string;
  /** The experiment's file, as the user would write it. */
  readonly experiment: string;
  /** Undefined where it was unpacked before. */
  readonly installed: InstalledResults | undefined;
}

type Wrong = readonly Diagnostic<SharingCode>[];

/**
 * Unpacks a bundle into a folder, which appears whole or not at all, and its results into a cache. A folder that this very
 * bundle was unpacked into before is taken as it is.
 */
export async function unpackBundle(file: string, options: UnpackOptions): Promise<Result<Unpacked, Wrong>> {
  if (!existsSync(file)) return fail(failure('bundle/unreadable', `there is no file ${file}`));
  const folder = resolve(options.to ?? basename(file).replace(/\.zip$/i, ''));
  const { digest } = await sha256OfFile(file);
  const before = existsSync(folder) ? originOf(folder) : undefined;
  if (before?.sha256 === digest) return ok(unpackedAt(folder, before, undefined));
  if (existsSync(folder)) {
    const what = before === undefined ? 'and is not this bundle, unpacked' : 'from another bundle';
    const message = `${relative(process.cwd(), folder)}/ is there already, ${what}`;
    return fail(failure('bundle/exists', message, 'name another folder: fx import BUNDLE FOLDER'));
  }
  const bundle = await OpenedBundle.open(file);
  if (!bundle.ok) return bundle;
  const temporary = join(dirname(folder), `.${basename(folder)}.${ownedName()}`);
  try {
    const experiment = await experimentOf(bundle.value, file);
    if (!experiment.ok) return experiment;
    mkdirSync(temporary, { recursive: true });
    const project = await installProject(bundle.value, temporary);
    if (!project.ok) return project;
    const trusted = await trustedSigners(process.cwd());
    if (!trusted.ok) return trusted;
    const cache = openCache(options.cache ?? join(temporary, 'cache'));
    const installed = await installResults(bundle.value, cache, trusted.value);
    if (!installed.ok) return installed;
    // What marks a project: the search for it must not go on above.
    if (!existsSync(join(temporary, 'package.json')))
      writeFileSync(join(temporary, 'package.json'), '{ "private": true }\n');
    const origin: Origin = {
      schema: 'fx/bundle-origin@1',
      sha256: digest,
      experiment: experiment.value,
      trusted: options.trust ?? false,
    };
    writeFileSync(join(temporary, ORIGIN), `${JSON.stringify(origin)}\n`);
    renameSync(temporary, folder);
    return ok(unpackedAt(folder, origin, installed.value));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return fail(failure('bundle/unwritable', `${file} cannot be unpacked: ${error.message}`));
  } finally {
    bundle.value.close();
    rmSync(temporary, { recursive: true, force: true });
  }
}

function unpackedAt(folder: string, { experiment }: Origin, installed: InstalledResults | undefined): Unpacked {
  return { folder, experiment: relative(process.cwd(), join(folder, experiment)), installed };
}

/** The experiment's file in the bundle, by its own word. */
async function experimentOf(bundle: OpenedBundle, file: string): Promise<Result<string, Wrong>> {
  const text = await bundle.text(FACTS);
  if (!text.ok) return text;
  const wrong = (what: string) => fail(failure<SharingCode>('bundle/incomplete', `${file} ${what}`));
  if (text.value === undefined) return wrong('is no bundle of fx: it has no fx-bundle/facts.json');
  let facts: Json;
  try {
    facts = JSON.parse(text.value) as Json;
  } catch {
    return wrong('is no bundle of fx: its fx-bundle/facts.json is damaged');
  }
  if (!isJsonObject(facts) || facts.schema !== 'fx/bundle@1') return wrong('is a bundle of another version of fx');
  const { experiment } = facts;
  if (typeof experiment !== 'string' || typeof entryKind(experiment) === 'string' || !bundle.has(experiment))
    return wrong('does not hold the experiment that it names');
  return ok(experiment);
}
