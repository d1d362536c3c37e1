import type { Comparison } from '../../report/report.js';

/** The effect and its interval about a line at zero; to the right is as claimed. */
export function IntervalBar({
  of,
  reach,
}: {
  of: Pick<Comparison, 'effect' | 'interval'> & { readonly verdict?: string };
  reach: number;
}) {
  const at = (value: number): number => 90 + (85 * Math.max(-reach, Math.min(reach, value))) / reach;
  const { effect, interval, verdict = '' } = of;
  return (
    <svg
      class={`interval ${verdict.replaceAll(' ', '-')}`}
      viewBox="0 0 180 18"
      width="180"
      height="18"
      aria-hidden="true"
    >
      <line class="zero" x1="90" x2="90" y1="0" y2="18" />
      {interval === null ? null : (
        <line x1={at(interval.low)} x2={at(interval.high)} y1="9" y2="9" stroke-width="3" stroke-linecap="round" />
      )}
      {effect === null ? null : <circle cx={at(effect)} cy="9" r="4.5" />}
    </svg>
  );
}
