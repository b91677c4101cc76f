/** The users of the benchmark: numbered, so that any of them can be named without a list. */
export const PASSWORD = "Correct-Horse_7";
const DIGITS = 7;
/** A group that every so manieth user is in. */
export const GROUP_NAME = "staff";
export const isInGroup = (n: number): boolean => n % 5 === 0;

export const usernameOf = (n: number): string => `user-${String(n).padStart(DIGITS, "0")}`;
export const emailOf = (n: number): string => `${usernameOf(n)}@bench.example`;

export const attributesOf = (n: number): Record<string, string> => ({
  email: emailOf(n),
  email_verified: "true",
  given_name: `Given${n % 1000}`,
  family_name: `Family${n % 5000}`,
});
