import { useState } from 'preact/hooks';
import { address } from '../model/address.js';
import type { SheetOption, SheetView } from '../model/views.js';
import { enlargeCrops } from './figures.js';
import { Dialog, Picture } from './shell.js';

/** Pictures of results, drawn as they are asked for, with the options that their kinds declare. */
export function Sheet({ of, sheets }: { of: string; sheets: Readonly<Record<string, SheetView>> }) {
  const stages = Object.keys(sheets);
  const [stage, setStage] = useState(stages[0]!);
  const [options, setOptions] = useState<Readonly<Record<string, string>>>({});
  const [isLarge, setLarge] = useState(false);
  const sheet = sheets[stage] ?? Object.values(sheets)[0]!;
  const given = Object.fromEntries(
    sheet.options.flatMap(({ name }) =>
      options[name] === undefined || options[name] === '' ? [] : [[name, options[name]]],
    ),
  ) as Record<string, string>;
  const path = address.sheet(of, stage, given);
  return (
    <section aria-labelledby="sheets-head">
      <h2 id="sheets-head">Results as pictures</h2>
      <div class="tools">
        <label>
          <select aria-label="Stage" value={stage} onChange={(event) => setStage(event.currentTarget.value)}>
            {stages.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        {sheet.options.map((option) => (
          <Option
            key={option.name}
            option={option}
            value={options[option.name] ?? option.default ?? ''}
            set={(value) => setOptions({ ...options, [option.name]: value })}
          />
        ))}
      </div>
      <button type="button" class="enlarge" onClick={() => setLarge(true)} aria-label={`Enlarge: ${stage}`}>
        <Picture key={path} path={path} alt={`${stage}: ${sheet.says}`} onLoad={enlargeCrops} />
      </button>
      <p class="note">{sheet.says}</p>
      {isLarge ? (
        <Dialog label={stage} close={() => setLarge(false)} isWide>
          <Picture path={path} alt={`${stage}: ${sheet.says}`} class="whole-picture" />
        </Dialog>
      ) : null}
    </section>
  );
}

function Option({ option, value, set }: { option: SheetOption; value: string; set: (value: string) => void }) {
  const { name, says, words, isFlag } = option;
  if (words !== undefined) {
    return (
      <label title={says}>
        {name}{' '}
        <select value={value} onChange={(event) => set(event.currentTarget.value)}>
          {words.map((word) => (
            <option key={word}>{word}</option>
          ))}
        </select>
      </label>
    );
  }
  if (isFlag === true) {
    return (
      <label title={says}>
        <input
          type="checkbox"
          checked={value === 'true'}
          onChange={(event) => set(String(event.currentTarget.checked))}
        />{' '}
        {name}
      </label>
    );
  }
  return (
    <label title={says}>
      {name} <input type="text" size={6} value={value} onChange={(event) => set(event.currentTarget.value)} />
    </label>
  );
}
