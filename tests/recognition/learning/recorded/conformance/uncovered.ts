/** A test asks for something that is not there to be tested: a kernel without a lowering, strings, a value at once. */
export class Uncovered extends Error {}
