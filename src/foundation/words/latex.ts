/**
 * Words in LaTeX. {@link latexText} is the one place through which a stranger's label or note reaches a document: no
 * command, no comment, no end of a group, no new line and no control character passes as such.
 */
export function latexText(text: string): string {
  return oneLine(text)
    .replaceAll(ESCAPED, (c) => SPECIAL[c] ?? `\\${c}`)
    .replaceAll(/-(?=-)/g, '-{}');
}

/** A number as it is printed, with a minus where a hyphen stands: in text and in mathematics. */
export function latexNumber(printed: string): string {
  return printed.replace(/^[-−]/, '\\ensuremath{-}');
}

/** In a comment, which ends with its line. */
export function latexComment(text: string): string {
  return oneLine(text);
}

/** TeX ends its lines at more than line feeds, and stops at characters that no font has. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\s\u0085\u2028\u2029]+/g, ' ')
    .replaceAll(/[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '');
}

/** In text, what TeX would read otherwise, and what pdfTeX's fonts have in mathematics alone. */
const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '`': '\\textasciigrave{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  // After a line's \\, these two would be its arguments.
  '[': '{[}',
  '*': '{*}',
  '−': '$-$',
  '±': '$\\pm$',
  '°': '$^{\\circ}$',
  '×': '$\\times$',
  '→': '$\\to$',
  '≤': '$\\leq$',
  '≥': '$\\geq$',
  '≈': '$\\approx$',
  '∞': '$\\infty$',
  ...greek(),
};

/** Letters that mathematics has by name; the rest of the alphabet looks Latin. */
function greek(): Record<string, string> {
  const small = 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi';
  const more = 'pi rho sigma tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega';
  const names = `${small} ${more}`.split(' ');
  const letters = 'α β γ δ ε ζ η θ ι κ λ μ ν ξ π ρ σ τ υ φ χ ψ ω Γ Δ Θ Λ Ξ Π Σ Φ Ψ Ω'.split(' ');
  return Object.fromEntries(letters.map((letter, i) => [letter, `$\\${names[i]!}$`]));
}

const ESCAPED = new RegExp(
  `[&%$#_{}${Object.keys(SPECIAL)
    .map((c) => `\\${c}`)
    .join('')}]`,
  'g',
);
