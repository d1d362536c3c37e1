import { statSync } from 'node:fs';
import { canonicalText } from '../../../foundation/values/canonical.js';
import { sha256OfFile } from '../../../foundation/files/digest.js';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { isSystemError } from '../../../foundation/files/files.js';
import type { JsonObject } from '../../../foundation/values/json.js';
import { sightingOf } from '../../artifacts/content/open.js';
import type { Sighting } from '../../artifacts/external/sighting.js';
import { filesRead } from '../../plan/identify.js';
import type { StageToRun } from '../../plan/plan.js';
import type { Artifact, ArtifactFile } from '../../stage.js';
import type { Computation } from '../computation.js';
import type { RunServices } from '../services.js';

export type ReadingCode = 'run/inputs-changed' | 'run/input-damaged' | 'run/environment-changed' | 'run/code-changed';

/** What became of what a computation read while it was at work. */
export type Reading =
  | { readonly is: 'as-hashed' }
  /** Written to, though the content is that of the key now: what the computation saw in between cannot be known. */
  | { readonly is: 'touched'; readonly diagnostics: readonly Diagnostic<ReadingCode>[] }
  | { readonly is: 'changed'; readonly diagnostics: readonly Diagnostic[] };

const AS_HASHED: Reading = { is: 'as-hashed' };

/** The inode of each blob that a computation reads, by digest: a blob that was damaged and healed meanwhile has another. */
export type Sights = ReadonlyMap<string, number>;

/**
 * Whether a stage's computations were given what their keys speak of (docs/decisions/0100): inputs from outside, blobs, the declared
 * environment, the files that the code reads. Looked at after the work and before anything is published.
 */
export class Readings {
  readonly #stage: StageToRun;
  readonly #services: RunServices;
  readonly #looks = new Map<string, Looks<Reading>>();
  /** By pointer, how inputs looked that were touched since: what their next computation is compared with. */
  readonly #touches = new Map<string, Sighting>();

  constructor(stage: StageToRun, services: RunServices) {
    this.#stage = stage;
    this.#services = services;
  }

  /** Before the work. One `stat` a blob. */
  before(computation: Computation): Sights | readonly Diagnostic<ReadingCode>[] {
    const sights = new Map<string, number>();
    for (const file of this.#blobsOf(computation)) {
      const inode = this.#services.cache.blobs.glance(file);
      if (inode === undefined) return [this.#damaged(file, 'is damaged in the cache')];
      sights.set(file.digest, inode);
    }
    return sights;
  }

  async after(computation: Computation, before: Sights): Promise<Reading> {
    for (const file of this.#blobsOf(computation)) {
      if (this.#services.cache.blobs.glance(file) === before.get(file.digest)) continue;
      return {
        is: 'changed',
        diagnostics: [this.#damaged(file, `was written to while ${this.#name(computation)} read it`)],
      };
    }
    for (const [pointer, artifact] of this.#stage.identified.inputs) {
      if (artifact.outside === undefined) continue;
      const reads = computation.part?.part.reads?.[pointer.slice(1)];
      const reading =
        reads === undefined
          ? await this.#together(pointer, () => this.#whole(pointer, artifact))
          : await this.#some(pointer, artifact, reads);
      if (reading.is !== 'as-hashed') return reading;
    }
    const environment = await this.#together('environment', () => this.#environment());
    return environment.is === 'as-hashed' ? this.#code() : environment;
  }

  /** A look that begins after a computation's work serves that computation: computations that end while one is under way share the next. */
  #together(what: string, look: () => Promise<Reading>): Promise<Reading> {
    let looks = this.#looks.get(what);
    if (looks === undefined) this.#looks.set(what, (looks = new Looks(look)));
    return looks.next();
  }

  async #whole(pointer: string, artifact: Artifact): Promise<Reading> {
    const { root, shape } = artifact.outside!;
    const again = await this.#services.external({ pointer, path: root, shape });
    if (!again.ok) return { is: 'changed', diagnostics: again.error.map((one) => this.#placed(pointer, one)) };
    if (again.value.digest !== artifact.digest) return this.#changed(pointer, root);
    const before = this.#touches.get(pointer) ?? sightingOf(artifact);
    const after = sightingOf(again.value);
    if (before === undefined || after === undefined || before.equals(after)) return AS_HASHED;
    this.#touches.set(pointer, after);
    return this.#touched(pointer, root);
  }

  /** Of the files that a part reads alone: others of the folder may be written to. */
  async #some(pointer: string, artifact: Artifact, reads: readonly string[]): Promise<Reading> {
    const touched = this.#touches.get(pointer);
    const sighting = touched ?? sightingOf(artifact);
    if (sighting === undefined) return AS_HASHED;
    for (const file of filesRead(artifact, reads)) {
      const path = artifact.locate(file.path);
      try {
        const stat = statSync(path);
        const same = sighting.includes(file.path, stat);
        if (same && touched === undefined && !sighting.isRacy(stat)) continue;
        if ((await sha256OfFile(path)).digest !== file.digest) return this.#changed(pointer, path);
        if (!same) return await this.#someTouched(pointer, artifact, path);
      } catch (error) {
        if (!isSystemError(error)) throw error;
        return this.#changed(pointer, path);
      }
    }
    return AS_HASHED;
  }

  async #someTouched(pointer: string, artifact: Artifact, path: string): Promise<Reading> {
    const { root, shape } = artifact.outside!;
    const again = await this.#services.external({ pointer, path: root, shape });
    const sighting = again.ok ? sightingOf(again.value) : undefined;
    if (sighting === undefined) return this.#changed(pointer, path);
    this.#touches.set(pointer, sighting);
    return this.#touched(pointer, path);
  }

  async #environment(): Promise<Reading> {
    const { node, identified } = this.#stage;
    if (node.kind.environment === undefined) return AS_HASHED;
    const before = identified.preimage.environment;
    const after = await node.kind.environment(identified.parameters);
    if (before === undefined || (after !== undefined && canonicalText(before) === canonicalText(after)))
      return AS_HASHED;
    const message = `the environment that ${node.id} declares changed while it ran: ${differing(before, after ?? {})}`;
    return { is: 'changed', diagnostics: [failure<ReadingCode>('run/environment-changed', message, RUN_AGAIN)] };
  }

  #code(): Reading {
    const { node } = this.#stage;
    const changed = this.#services.codeChanged?.(node.kind) ?? [];
    if (changed.length === 0) return AS_HASHED;
    const message = `${changed.join(', ')}, which the code of ${node.id} depends on, changed during the run`;
    return { is: 'changed', diagnostics: [failure<ReadingCode>('run/code-changed', message, RUN_AGAIN)] };
  }

  #changed(pointer: string, path: string): Reading {
    return { is: 'changed', diagnostics: [this.#written(pointer, path, '')] };
  }

  #touched(pointer: string, path: string): Reading {
    return { is: 'touched', diagnostics: [this.#written(pointer, path, ', though its content is as before')] };
  }

  #written(pointer: string, path: string, but: string): Diagnostic<ReadingCode> {
    const message = `${path} was written to while ${this.#stage.node.id} read it${but}; what the stage made is not kept`;
    const help = `${RUN_AGAIN}; a stage must not write to its inputs`;
    return this.#placed(pointer, failure<ReadingCode>('run/inputs-changed', message, help));
  }

  #placed<D extends Diagnostic>(pointer: string, diagnostic: D): D {
    return { place: this.#stage.node.placeOf(pointer), ...diagnostic };
  }

  /** The blob goes: who computes it again heals the cache. */
  #damaged(file: ArtifactFile, what: string): Diagnostic<ReadingCode> {
    this.#services.cache.blobs.remove(file.digest);
    const message = `the file ${file.path} of an input ${what}; what the stage made is not kept`;
    const help = 'rerun: the damaged file is recomputed. A stage must not write to its inputs';
    return failure<ReadingCode>('run/input-damaged', message, help);
  }

  #name(computation: Computation): string {
    const { id } = this.#stage.node;
    return computation.part === undefined ? id : `${id}, ${computation.part.part.id}`;
  }

  *#blobsOf(computation: Computation): Generator<ArtifactFile> {
    for (const [pointer, artifact] of this.#stage.identified.inputs) {
      if (artifact.outside !== undefined) continue;
      const reads = computation.part?.part.reads?.[pointer.slice(1)];
      yield* reads === undefined ? artifact.files : filesRead(artifact, reads);
    }
    if (computation.previous !== undefined) yield* computation.previous.files;
    for (const { artifact } of computation.finished ?? []) if (artifact !== undefined) yield* artifact.files;
  }
}

const RUN_AGAIN = 'rerun when nothing changes it';

/** The names at which two environments differ. */
function differing(before: JsonObject, after: JsonObject): string {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const text = (of: JsonObject, name: string): string =>
    Object.hasOwn(of, name) ? canonicalText(of[name]!) : 'absent';
  return [...names]
    .filter((name) => text(before, name) !== text(after, name))
    .map((name) => `${name} ${text(before, name)} -> ${text(after, name)}`)
    .join('; ');
}

/** One look at a time: a caller that asks while one is under way gets the next, with all others that asked meanwhile. */
class Looks<T> {
  readonly #look: () => Promise<T>;
  #current: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  constructor(look: () => Promise<T>) {
    this.#look = look;
  }

  next(): Promise<T> {
    if (this.#current === undefined) return this.#begin();
    this.#next ??= this.#current.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<T> {
    this.#next = undefined;
    const look = this.#look();
    this.#current = look;
    const end = (): void => {
      if (this.#current === look) this.#current = undefined;
    };
    look.then(end, end);
    return look;
  }
}
