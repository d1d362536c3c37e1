#!/usr/bin/env node
// Starts fx from the script that the build packed (scripts/build-launch.ts), or from the compiled modules where there is
// none, or where the compiler ran since. CommonJS: Node then needs no loader of modules for a run that has nothing to do.
const { readFileSync, statSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

const dist = join(__dirname, '../dist');

/** The bundle as a function of what a CommonJS script sees and of a way to import, on the lines it has in its file. */
function read(bundle) {
  return `(function (exports, require, module, __filename, __dirname, importOf) {${readFileSync(bundle, 'utf8')}\n})`;
}

/** With V8's compiled form, where it is that of this very text. Another V8 refuses it, and compiles. */
function compile(bundle, source) {
  return new Script(source, { filename: bundle, cachedData: compiled(bundle, source) });
}

/** V8 itself would take the form of any text of the same length: its digest stands before it. */
function compiled(bundle, source) {
  try {
    const data = readFileSync(`${bundle}.v8`);
    const digest = require('node:crypto').createHash('sha256').update(source).digest();
    return data.subarray(0, 32).equals(digest) ? data.subarray(32) : undefined;
  } catch {
    return undefined;
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

module.exports = { read, compile, start };
