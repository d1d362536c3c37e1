/** What was found out about one thing that a machine has or lacks. */
export interface MachineFact {
  readonly what: string;
  readonly state: 'good' | 'note' | 'bad';
  readonly says: string;
  /** What to do about it. */
  readonly help?: string;
}
