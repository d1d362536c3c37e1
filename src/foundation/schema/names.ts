/**
 * What users may call things. A name comes into paths, into commands and into `${...}`, so it holds nothing that means
 * something there; a label is only shown. JavaScript's own words (`constructor`) are names like any other.
 */
export interface NameRule {
  /** A regular expression for the whole name. */
  readonly pattern: string;
  /** The rule in words, after "is no name for a stage:". */
  readonly says: string;
}

/** What `${...}` can name: stages, parameters, axes, values of a profile. */
export const NAME: NameRule = {
  pattern: '^[A-Za-z][A-Za-z0-9_-]{0,99}$',
  says: 'a letter, then letters, digits, `-` or `_`, 100 at most',
};

/** What files and folders are called by: experiments, profiles, tables, figures, claims, inputs of commands. */
export const FILE_NAME: NameRule = {
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$',
  says: 'a letter or digit, then letters, digits, `-`, `_` or `.`, 100 at most',
};

/** Environment variables. */
export const VARIABLE: NameRule = {
  pattern: '^[A-Za-z_][A-Za-z0-9_]{0,99}$',
  says: 'a letter or `_`, then letters, digits or `_`, 100 at most',
};

/** What heads a row, a column or a curve. */
export const LABEL: NameRule = {
  pattern: /^[^\s\u0000-\u001f\u007f-\u009f](?:[^\u0000-\u001f\u007f-\u009f]{0,198}[^\s\u0000-\u001f\u007f-\u009f])?$/
    .source,
  says: 'some text on one line, without blanks at its ends, 200 characters at most',
};

const compiled = new Map<NameRule, RegExp>();

export function isNamed(rule: NameRule, name: string): boolean {
  let pattern = compiled.get(rule);
  if (pattern === undefined) compiled.set(rule, (pattern = new RegExp(rule.pattern, 'u')));
  return pattern.test(name);
}
