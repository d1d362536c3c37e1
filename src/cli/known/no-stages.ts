/** What is said of an experiment that has none. */
export const NO_STAGES = 'nothing to run: the experiment has no stages';
