/** What `fx doctor` found out about one thing. */
export interface Finding {
  readonly what: string;
  readonly state: 'good' | 'note' | 'bad';
  readonly says: string;
  /** What to do about it. */
  readonly help?: string;
}
