import { serve } from '../../../src/engine/run/worker/serve.js';
import { testKinds } from './kinds.js';

serve((name) => Promise.resolve(testKinds.find((kind) => kind.name === name)));
