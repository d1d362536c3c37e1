import { failure } from '../../../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import type { LearningDiagnostic } from '../diagnostic.js';
import { MINI, mini, type MiniOptions } from './mini.js';
import type { InputSize, Network } from './network.js';
import { nn4 } from './nn4.js';
import { layout } from './shapes.js';

export const NETWORK_NAMES = ['nn4', 'nn4.small1', 'nn4.small2', 'mini'] as const;

/** The network of that name for images of `input` pixels. Fails for an unknown name or an input too small for it. */
export function networkNamed(
  name: string,
  input: InputSize,
  options: Partial<MiniOptions> = {},
): Result<Network, readonly LearningDiagnostic[]> {
  const network = build(name, input, options);
  if (network === undefined) {
    return fail(
      failure('learning/unknown-network', `there is no network "${name}"`, `known: ${NETWORK_NAMES.join(', ')}`),
    );
  }
  const fits = layout(network);
  return fits.ok ? ok(network) : fits;
}

function build(name: string, input: InputSize, options: Partial<MiniOptions>): Network | undefined {
  switch (name) {
    case 'nn4':
    case 'nn4.small1':
    case 'nn4.small2':
      return nn4(name, input);
    case 'mini':
      return mini(input, { ...MINI, ...options });
    default:
      return undefined;
  }
}
