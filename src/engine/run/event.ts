import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import type { Place } from './worker/workers.js';

/** What a run tells while it goes: `fx run --json` prints one a line, the terminal draws them. Fields may be added. */
export type RunEvent =
  | { readonly event: 'started'; readonly stages: number; readonly cores: number }
  | StageEvent
  | { readonly event: 'part'; readonly stage: string; readonly part: string; readonly status: PartStatus }
  | ProgressEvent
  | { readonly event: 'log'; readonly stage: string; readonly part?: string; readonly line: string }
  | {
      readonly event: 'waiting';
      readonly stage: string;
      readonly part?: string;
      readonly pid: number;
      readonly host: string;
    }
  | PointEvent
  /** The child process that works for a stage. */
  | { readonly event: 'process'; readonly stage: string; readonly part?: string; readonly pid: number }
  | PlaceEvent
  | { readonly event: 'diagnostic'; readonly stage?: string; readonly diagnostic: Diagnostic }
  | FinishedEvent;

/** Where a task is that is not done on this machine. */
export interface PlaceEvent extends Place {
  readonly event: 'place';
  readonly stage: string;
  readonly part?: string;
}

export interface StageEvent {
  readonly event: 'stage';
  readonly stage: string;
  readonly status: 'reused' | 'running' | 'executed' | 'failed' | 'skipped';
  readonly key?: string;
  readonly seconds?: number;
  readonly parts?: { readonly known: number; readonly total: number };
}

export type PartStatus = 'reused' | 'running' | 'executed' | 'failed';

export interface ProgressEvent {
  readonly event: 'progress';
  readonly stage: string;
  readonly part?: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
}

/** What a link of a chain measured: a point of each of the stage's curves. */
export interface PointEvent {
  readonly event: 'point';
  readonly stage: string;
  /** From 1. */
  readonly step: number;
  /** The numbers among its metrics and facts, by name. */
  readonly values: Readonly<Record<string, number>>;
}

export interface FinishedEvent {
  readonly event: 'finished';
  readonly ok: boolean;
  readonly stages: {
    readonly reused: number;
    readonly executed: number;
    readonly failed: number;
    readonly skipped: number;
  };
  readonly parts: { readonly reused: number; readonly executed: number };
  readonly seconds: number;
}
