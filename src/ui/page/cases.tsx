import type { CasesView, CaseView } from '../model/views.js';
import { useAnswer } from './shell.js';
import { counted, plain } from './words.js';

/** Single cases behind a number, each with what was judged and on which side of the mark it fell. */
export function CasesShown({ path, says }: { path: string; says: string }) {
  const { value, error } = useAnswer<CasesView>(path);
  return (
    <section class="cases" aria-label={says.replace(/\.$/, '')}>
      <h3>{says.replace(/\.$/, '')}</h3>
      {error === undefined ? null : <p class="note">{error.message}</p>}
      {value === undefined && error === undefined ? <p class="note loading">Looking them up…</p> : null}
      {value?.hidden === undefined ? null : <p class="notice">{value.hidden}</p>}
      {value?.groups.map((group) => (
        <div key={group.says}>
          <h4>
            {group.says}{' '}
            <small>
              {group.cases.length} of {group.total.toLocaleString('en')};{' '}
              {counted(group.cases.filter(({ isWrong }) => isWrong).length, 'error')} among them
            </small>
          </h4>
          <ol>
            {group.cases.map((each, i) => (
              <CaseShown key={i} of={value.of} each={each} />
            ))}
          </ol>
        </div>
      ))}
      {value?.mark === undefined ? null : (
        <p class="note">
          Judged by {plain(Number(value.mark.at.toPrecision(4)))}, {value.mark.says}.
        </p>
      )}
    </section>
  );
}

function CaseShown({ of, each }: { of: string; each: CaseView }) {
  const { value, says, isWrong, items } = each;
  return (
    <li class={isWrong ? 'is-wrong' : ''}>
      <span class="items">
        {items.map(({ name, picture }, i) =>
          picture === undefined ? (
            <span key={i} class="picture-place" role="img" aria-label={name ?? 'not shown'} />
          ) : (
            <img key={i} src={`data:image/png;base64,${picture}`} alt={name ?? 'without a name'} title={name} />
          ),
        )}
      </span>
      <span class="hidden">{of} </span>
      <b>{plain(Number(value.toPrecision(4)))}</b>{' '}
      <span class="word">
        {isWrong ? 'wrongly ' : ''}
        {says}
      </span>
      {items.map(({ name }, i) =>
        name === undefined ? null : (
          <span key={i} class="note name">
            {name}
          </span>
        ),
      )}
    </li>
  );
}
