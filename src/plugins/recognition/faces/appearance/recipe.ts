/**
 * What a head wears beyond its morphable model: an option of the generator, absent in the paper's. Hair, beards and glasses
 * are what photographs of one person share and a bald head lacks, and what changes between two photographs of one person.
 */
export interface AppearanceRecipe {
  /** Shares of people, 0 to 1: who has hair, a beard, and who wears glasses now and then. */
  readonly hair: number;
  readonly beard: number;
  readonly glasses: number;
  /** How much brows differ between people: 0 leaves the model's. */
  readonly brows: number;
  /** Spots and patches of the skin: relative standard deviation of its colour. */
  readonly skin: number;
}

/** Nothing is added: the paper's generator. */
export const BARE: AppearanceRecipe = { hair: 0, beard: 0, glasses: 0, brows: 0, skin: 0 };

export function isBare(recipe: AppearanceRecipe): boolean {
  return Object.values(recipe).every((value) => value === 0);
}
