/** Exit codes, as every command keeps them. */
export const EXIT = {
  done: 0,
  /** A stage failed. */
  failed: 1,
  /** The experiment or the command line is wrong: nothing was executed. */
  wrong: 2,
  /** A verification did not hold. */
  refuted: 3,
  interrupted: 130,
} as const;
