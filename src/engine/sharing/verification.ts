import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { message, table, text } from '../../foundation/words/markdown.js';
import type { SharingCode } from './codes.js';

/** What verifying found: a list of checks, each of which held or did not. */
export interface Verification {
  readonly schema: 'fx/verification@1';
  readonly experiment: string;
  readonly profile: string;
  readonly checks: readonly Check[];
  readonly audit?: AuditSummary;
}

/** Which parts were recomputed, so that another can do the same. */
export interface AuditSummary {
  readonly seed: number;
  readonly share: number;
  /** How many parts could have been chosen. */
  readonly of: number;
  readonly recomputed: readonly { readonly name: string; readonly same: boolean }[];
}

export interface Check {
  /** What was checked, as a statement that holds or not. */
  readonly says: string;
  /** How many things were looked at. */
  readonly of: number;
  /** Why it does not hold; empty where it does. */
  readonly findings: readonly Finding[];
  /** What was not looked at, and why. */
  readonly notes?: string[];
}

export interface Finding {
  readonly stage?: string;
  readonly diagnostic: Diagnostic<SharingCode>;
}

export function holds(verification: Verification): boolean {
  return verification.checks.every((check) => check.findings.length === 0);
}

/** For a comment on a pull request or a terminal. */
export function verificationMarkdown(verification: Verification): string {
  const { experiment, profile, checks } = verification;
  const lines = [
    `## ${text(experiment)} (${text(profile)}): ${holds(verification) ? 'verified' : 'not verified'}`,
    '',
    table(
      ['check', 'of', ''],
      checks.map(({ says, of, findings }) => [text(says), String(of), verdict(findings)]),
    ),
  ];
  const findings = checks.flatMap((check) => check.findings);
  if (findings.length > 0) lines.push('');
  for (const { stage, diagnostic } of findings) {
    const where = stage === undefined ? '' : `**${text(stage)}**: `;
    const { help } = diagnostic;
    const words = help === undefined ? diagnostic.message : `${ended(diagnostic.message)} ${sentence(help)}`;
    lines.push(`- ${where}${message(words)}`);
  }
  const notes = checks.flatMap((check) => check.notes ?? []);
  if (notes.length > 0) lines.push('', ...notes.map((note) => `> ${message(note)}`));
  return `${lines.join('\n')}\n`;
}

function verdict(findings: readonly Finding[]): string {
  return findings.length === 0 ? 'holds' : `**does not hold** (${findings.length})`;
}

function sentence(words: string): string {
  return ended(`${words.charAt(0).toUpperCase()}${words.slice(1)}`);
}

function ended(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
