import { createContext, type ComponentChildren, type RefObject } from 'preact';
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RunState } from '../../history/history.js';
import type { Verdict } from '../../report/report.js';
import type { StageStatus } from '../model/run.js';
import { Unanswered, type DataSource } from './data-source.js';

export const DataSourceContext = createContext<DataSource>(undefined as unknown as DataSource);

export function useDataSource(): DataSource {
  return useContext(DataSourceContext);
}

export interface Answered<T> {
  readonly value: T | undefined;
  readonly error: Unanswered | undefined;
}

/**
 * What an address gives; the last value stays while it is asked again.
 *
 * @param every milliseconds after which it is asked again, while the page is looked at; never by default
 */
export function useAnswer<T>(path: string | undefined, every?: number): Answered<T> {
  const source = useDataSource();
  const [answer, setAnswer] = useState<Answered<T> & { readonly of: string | undefined }>({
    of: path,
    value: undefined,
    error: undefined,
  });
  useEffect(() => {
    if (path === undefined) return undefined;
    let isWanted = true;
    let timer: number | undefined;
    let said = '';
    const ask = (): void => {
      source.get<T>(path).then(
        (value) => {
          if (!isWanted) return;
          // What has not changed is not drawn again.
          const now = every === undefined ? '' : JSON.stringify(value);
          if (now === '' || now !== said) setAnswer({ of: path, value, error: undefined });
          said = now;
        },
        (error: unknown) => {
          said = '';
          if (isWanted)
            setAnswer((before) => ({
              of: path,
              value: before.of === path ? before.value : undefined,
              error: asUnanswered(error),
            }));
        },
      );
    };
    ask();
    if (every !== undefined && source.isLive) {
      timer = window.setInterval(() => {
        if (!document.hidden) ask();
      }, every);
    }
    return () => {
      isWanted = false;
      window.clearInterval(timer);
    };
  }, [path, every, source]);
  return answer.of === path ? answer : { value: undefined, error: undefined };
}

export function asUnanswered(error: unknown): Unanswered {
  return error instanceof Unanswered ? error : new Unanswered({ message: String(error) });
}

export function Trouble({ of }: { of: Unanswered }) {
  return (
    <div class="trouble" role="alert">
      <strong>{of.message}</strong>
      {of.help === undefined ? null : <p>{of.help}</p>}
    </div>
  );
}

/** The page's title, in the browser's tab as well. */
export function Title({ children, kicker, tab }: { children: string; kicker?: ComponentChildren; tab?: string }) {
  useEffect(() => {
    document.title = `${tab ?? children} · fx`;
  }, [children, tab]);
  return (
    <div class="title">
      {kicker === undefined ? null : <p class="kicker">{kicker}</p>}
      <h1 tabIndex={-1}>{children}</h1>
    </div>
  );
}

const STATE_WORDS: Readonly<Record<RunState | StageStatus, string>> = {
  running: 'running',
  done: 'done',
  failed: 'failed',
  interrupted: 'interrupted',
  killed: 'killed',
  waiting: 'waiting',
  reused: 'reused',
  executed: 'executed',
  skipped: 'skipped',
};

/** A state in a word and a colour; the word alone tells it as well. */
export function State({ of }: { of: RunState | StageStatus }) {
  return (
    <span class={`state is-${of}`}>
      <i aria-hidden="true" />
      {STATE_WORDS[of]}
    </span>
  );
}

const MARKS: Readonly<Record<Verdict, string>> = { reproduced: '✓', 'not reproduced': '✗', undecided: '?' };

export function VerdictChip({ of, count }: { of: Verdict; count?: number }) {
  const name = of.replace(' ', '-');
  return (
    <span class={`chip ${name}`} title={of}>
      <span aria-hidden="true">{MARKS[of]}</span>{' '}
      {count === undefined ? (
        of
      ) : (
        <>
          {count} <span class="wide">{of}</span>
        </>
      )}
    </span>
  );
}

/**
 * A long list that grows as it is scrolled to: what nobody looks at is not drawn.
 * @param byHand it grows by its button alone: something stands below it that would never be reached
 */
export function Growing<T>({
  of,
  by = 60,
  byHand = false,
  children,
}: {
  of: readonly T[];
  by?: number;
  byHand?: boolean;
  children: (each: T) => ComponentChildren;
}) {
  const [count, setCount] = useState(by);
  const end = useRef<HTMLButtonElement>(null);
  const isWhole = count >= of.length;
  useEffect(() => {
    if (isWhole || byHand || end.current === null) return undefined;
    const observer = new IntersectionObserver(
      (seen) => {
        if (seen.some(({ isIntersecting }) => isIntersecting)) setCount((now) => now + by);
      },
      { rootMargin: '600px' },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [isWhole, count, by, byHand]);
  return (
    <>
      {Array.from({ length: Math.ceil(Math.min(count, of.length) / by) }, (_, i) => (
        <Stretch key={i} of={of} from={i * by} to={Math.min(count, (i + 1) * by)}>
          {children}
        </Stretch>
      ))}
      {isWhole ? null : (
        <li class="more">
          <button type="button" ref={end} onClick={() => setCount(count + (byHand ? 5 * by : by))}>
            {of.length - count} more
          </button>
        </li>
      )}
    </>
  );
}

/** A stretch of a growing list. It stays as it is while the list grows after it, which is cheaper than looking at all of it again. */
function Stretch<T>({
  of,
  from,
  to,
  children,
}: {
  of: readonly T[];
  from: number;
  to: number;
  children: (each: T) => ComponentChildren;
}) {
  return <>{useMemo(() => of.slice(from, to).map(children), [of, from, to, children])}</>;
}

/** A dialog over the page; Escape, its button and a click beside it close it. */
export function Dialog({
  label,
  close,
  children,
  isWide,
}: {
  label: string;
  close: () => void;
  children: ComponentChildren;
  isWide?: boolean;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element?.open === false) element.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={isWide === true ? 'wide-dialog' : ''}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div class="dialog-body">
        <button type="button" class="close" onClick={close} aria-label="Close">
          ×
        </button>
        {children}
      </div>
    </dialog>
  );
}

/** Whether an element has come into sight, or near it; from then on it has. */
export function useSeen(place: RefObject<HTMLElement>, margin: number): boolean {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (isSeen || place.current === null) return undefined;
    const observer = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && setSeen(true), {
      rootMargin: `${margin}px`,
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [isSeen, margin]);
  return isSeen;
}

/** A picture that is loaded when it comes into sight. */
export function Picture({
  path,
  alt,
  class: name,
  onLoad,
}: {
  path: string;
  alt: string;
  class?: string;
  onLoad?: (image: HTMLImageElement) => void;
}) {
  const source = useDataSource();
  const [url, setUrl] = useState<string | undefined>();
  const [error, setError] = useState<Unanswered | undefined>();
  const place = useRef<HTMLSpanElement>(null);
  const isSeen = useSeen(place, 300);
  useEffect(() => {
    if (!isSeen) return undefined;
    let isWanted = true;
    setError(undefined);
    source.picture(path).then(
      (found) => isWanted && setUrl(found),
      (problem: unknown) => isWanted && setError(asUnanswered(problem)),
    );
    return () => {
      isWanted = false;
    };
  }, [path, isSeen, source]);
  if (error !== undefined) return <p class="note">{error.message}</p>;
  if (url === undefined) return <span class="picture-place" ref={place} role="img" aria-label={`${alt} (loading)`} />;
  return <img src={url} alt={alt} class={name} onLoad={(event) => onLoad?.(event.currentTarget)} />;
}
