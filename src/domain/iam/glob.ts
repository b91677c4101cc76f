/** `*` in a pattern: any characters, none too. */
export const ANY = Symbol("*");
/** `?` in a pattern: exactly one character. */
export const ONE = Symbol("?");

/** A pattern, letter by letter: text that came in by a variable stands for itself, whatever characters it has. */
export type Glob = readonly (string | typeof ANY | typeof ONE)[];

/** The glob of a text in which every `*` and `?` is a wildcard. */
export const globOf = (text: string): Glob =>
  [...text].map((character) => (character === "*" ? ANY : character === "?" ? ONE : character));

/**
 * Whether the whole text matches. Goes back to the latest `*` only, which is enough, so that the time is bounded by the product of
 * the two lengths whatever the pattern.
 */
export function globMatches(glob: Glob, text: string): boolean {
  const characters = [...text];
  let position = 0;
  let place = 0;
  let star = -1;
  let starPosition = 0;
  while (position < characters.length) {
    const part = glob[place];
    if (part === ANY) {
      star = place++;
      starPosition = position;
    } else if (part !== undefined && (part === ONE || part === characters[position])) {
      place++;
      position++;
    } else if (star !== -1) {
      place = star + 1;
      position = ++starPosition;
    } else return false;
  }
  while (glob[place] === ANY) place++;
  return place === glob.length;
}
