/** Where documents come from. Synchronous: a few small files, on the way to a no-op run. */
export interface Files {
  /** What is at an absolute path; undefined where nothing is or it cannot be seen. */
  look(path: string): { readonly shape: 'file' | 'folder'; readonly bytes: number } | undefined;
  read(path: string): Uint8Array;
}
