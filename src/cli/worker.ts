import { serve } from '../engine/run/serve.js';
import { findKind } from './kinds.js';

/** The child process of a run: `fx` forks this file, never a user. */
serve(findKind);
