import { lstatSync, readFileSync, type Stats } from 'node:fs';

/**
 * Whose files in a cache are believed: this user's, root's, those of the owner of the cache's folder, and of those that
 * FX_CACHE_BELIEVES names (users or their numbers separated by commas, or `*` for all). A result of anyone else is none: it
 * may say anything of any key. What carries its own digest is checked by that and may be anyone's.
 */
export class Believed {
  readonly #root: string;
  readonly #named: string;
  #users: ReadonlySet<number> | 'all' | undefined;

  constructor(root: string, environment: Readonly<Record<string, string | undefined>> = process.env) {
    this.#root = root;
    this.#named = environment.FX_CACHE_BELIEVES ?? '';
  }

  isBelieved(user: number): boolean {
    const users = (this.#users ??= this.#find());
    return users === 'all' || users.has(user);
  }

  /** Why a file of this user is not taken; undefined where it is. */
  readonly stranger = (user: number): string | undefined => {
    return this.isBelieved(user) ? undefined : `of user ${user}, who is not trusted`;
  };

  /**
   * Whether what lies in a folder stays what its owners made of it: it is no link, of someone believed, and others cannot
   * write to it, or cannot take away or rename what is not theirs (the sticky bit).
   */
  guards(folder: string): 'guarded' | 'open' | 'strange' | 'missing' {
    const status = lstatSync(folder, { throwIfNoEntry: false });
    if (status === undefined) return 'missing';
    if (!status.isDirectory()) return 'strange';
    return this.isBelieved(status.uid) && !isOpen(status) ? 'guarded' : 'open';
  }

  #find(): ReadonlySet<number> | 'all' {
    const user = process.getuid?.();
    const words = this.#named.split(',').map((word) => word.trim());
    // Where a system has no numbers for users, files have no owners to go by.
    if (user === undefined || words.includes('*')) return 'all';
    const owner = lstatSync(this.#root, { throwIfNoEntry: false })?.uid;
    const users = new Set([user, ROOT, ...(owner === undefined ? [] : [owner])]);
    for (const word of words) {
      const number = /^\d+$/.test(word) ? Number(word) : word === '' ? undefined : numberOf(word);
      if (number !== undefined) users.add(number);
    }
    return users;
  }
}

const ROOT = 0;
const STICKY = 0o1000;

/** A group that has its only member's number is no company: many systems give every user such a one. */
function isOpen({ mode, uid, gid }: Stats): boolean {
  if ((mode & STICKY) !== 0) return false;
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== uid);
}

function numberOf(name: string): number | undefined {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((each) => each.startsWith(`${name}:`));
    return line === undefined ? undefined : Number(line.split(':')[2]);
  } catch {
    return undefined;
  }
}
