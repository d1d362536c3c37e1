import { serve } from '../engine/run/worker/serve.js';
import { findKind } from './project/kinds.js';

/** The child process of a run: `fx` forks this file, never a user. Arguments: the project, the cache. */
const [root, cache] = process.argv.slice(2);
serve((name, script) => findKind({ root: root!, cache: cache! }, name, script));
