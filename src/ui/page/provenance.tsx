import type { StageProvenance } from '../../report/report.js';

/** A stage of a report, with all that its result depends on. */
export function Provenance({ stage, isOpen }: { stage: StageProvenance; isOpen?: boolean }) {
  const { id, kind, key, artifact, reads, parameters, reproducible, accepted, warnings } = stage;
  return (
    <li>
      <details open={isOpen}>
        <summary>
          <b>{id}</b>
          <span>{kind}</span>
          <code>{key.slice(0, 12)}</code>
        </summary>
        <dl>
          <dt>key</dt>
          <dd>
            <code>{key}</code>
          </dd>
          <dt>artifact</dt>
          <dd>
            <code>{artifact}</code>
          </dd>
          {reads.length === 0 ? null : (
            <>
              <dt>reads</dt>
              <dd>{reads.join(', ')}</dd>
            </>
          )}
          {reproducible ? null : (
            <>
              <dt>reproducible</dt>
              <dd>no: a rerun may give other bits</dd>
            </>
          )}
          {accepted === undefined ? null : (
            <>
              <dt>accepted</dt>
              <dd>a result of earlier code: {accepted}</dd>
            </>
          )}
          {warnings.map((warning) => (
            <>
              <dt>warning</dt>
              <dd>{warning}</dd>
            </>
          ))}
          <dt>parameters</dt>
          <dd>
            <pre>{JSON.stringify(parameters, null, 2)}</pre>
          </dd>
        </dl>
      </details>
    </li>
  );
}
