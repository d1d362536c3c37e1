#!/usr/bin/env node
// Starts fx from the script that the build packed (scripts/build-launch.ts), or from the compiled modules where there is
// none, or where the compiler ran since. CommonJS: Node then needs no loader of modules for a run that has nothing to do.
const {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, isAbsolute, join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

const dist = join(__dirname, '../dist');

/**
 * The bundle, which is ASCII, as a function of what a CommonJS script sees and of a way to import, on the lines it has in its file.
 */
function read(bundle) {
  return `(function (exports, require, module, __filename, __dirname, importOf) {${readFileSync(bundle, 'latin1')}\n})`;
}

/** Bytes of a digest of the bundle's text, which the build writes as its last line: made anew it would cost every start some milliseconds. */
const DIGEST = 32;

function digestOf(source) {
  const written = /\n\/\/ sha256 ([0-9a-f]{64})\n\n\}\)$/.exec(source.slice(-100));
  return Buffer.from(written?.[1] ?? '', 'hex');
}

/** With V8's compiled form, where it is that of this very text. Another V8 refuses it, and compiles. */
function compile(bundle, source) {
  const digest = digestOf(source);
  const kept = digest.length === DIGEST ? keptForm(digest) : undefined;
  for (const file of [`${bundle}.v8`, kept]) {
    if (file === undefined || (file === kept && !isOurs(file))) continue;
    const cachedData = compiled(file, digest);
    if (cachedData === undefined) continue;
    const script = new Script(source, { filename: bundle, cachedData });
    if (script.cachedDataRejected === false) return script;
  }
  const script = new Script(source, { filename: bundle });
  // At its end a run has compiled what a run needs; other commands begin with the same.
  if (kept !== undefined && process.argv[2] === 'run') process.on('exit', () => keep(script, kept, digest));
  return script;
}

/** V8 itself would take the form of any text of the same length: its digest stands before it. */
function compiled(file, digest) {
  try {
    const data = readFileSync(file);
    return data.subarray(0, DIGEST).equals(digest) ? data.subarray(DIGEST) : undefined;
  } catch {
    return undefined;
  }
}

/** Where a package keeps the form, which is that of one V8, and comes with none: beside what else of fx is this user's own. */
function keptForm(digest) {
  const named = process.env.XDG_CACHE_HOME ?? '';
  const base = isAbsolute(named) ? named : join(process.env.HOME ?? '', '.cache');
  const name = `${digest.toString('hex').slice(0, 16)}-${process.version}-${process.arch}.v8`;
  return isAbsolute(base) ? join(base, 'fx', 'launch', name) : undefined;
}

/** What is loaded as code is no link, and lies in folders that this user alone may write to. */
function isOurs(file) {
  try {
    return isOurRoom(dirname(file)) && isClosed(file, 'isFile');
  } catch {
    return false;
  }
}

function isOurRoom(folder) {
  return isClosed(dirname(folder), 'isDirectory') && isClosed(folder, 'isDirectory');
}

function isClosed(path, isOfKind) {
  const user = process.getuid?.();
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status?.[isOfKind]() !== true) return false;
  return user === undefined || (status.uid === user && (status.mode & 0o022) === 0);
}

/** The forms that are kept: of this fx and of some before it. */
const MOST_KEPT = 4;

/** As a whole or not at all; where it cannot be kept, fx starts a little later. */
function keep(script, file, digest) {
  const folder = dirname(file);
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // What lies elsewhere is never read again.
    if (!isOurRoom(folder)) return;
    writeFileSync(temporary, Buffer.concat([digest, script.createCachedData()]), { flag: 'wx', mode: 0o600 });
    renameSync(temporary, file);
    const others = readdirSync(folder).map((name) => join(folder, name));
    const byAge = others.sort((a, b) => (timeOf(b) ?? 0) - (timeOf(a) ?? 0));
    for (const old of byAge.slice(MOST_KEPT)) rmSync(old, { force: true });
  } catch {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // Left for the next that keeps a form.
    }
  }
}

function start(bundle, script) {
  const folder = dirname(bundle);
  const module = { exports: {} };
  // V8 asks the script that stands in a file for what it imports; of one made here it would not know whom to ask.
  const importOf = (name) => import(name.startsWith('./') ? pathToFileURL(join(folder, name)).href : name);
  script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, folder, importOf);
}

function timeOf(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

if (require.main === module) {
  const bundle = join(dist, 'fx.cjs');
  const packed = timeOf(bundle);
  if (packed !== undefined && packed >= (timeOf(join(dist, '.tsbuildinfo')) ?? 0))
    start(bundle, compile(bundle, read(bundle)));
  else void import('../dist/src/cli/main.js');
}

module.exports = { read, digestOf, compile, start };
