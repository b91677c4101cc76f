/** Prints what a check found beside what it must be: one line, by the check's id in docs/security.md. */
export const figure = (id: string, found: string, bar: string): void =>
  console.log(`${id} ${found} (bar ${bar})`);
