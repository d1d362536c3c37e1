type ValidatorModule = Readonly<Record<string, unknown>>;

/**
 * Validators by name that came with the script which fx starts from. Here there are none, and each is read from its file; the
 * build puts those into the script that nearly every run asks for (scripts/build-launch.ts).
 */
export const PACKED_VALIDATORS: ReadonlyMap<string, () => ValidatorModule> = new Map();
