/** Text that others wrote, for a terminal: control characters are shown, not obeyed. */
export const visible = (text: string): string =>
  text.replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
