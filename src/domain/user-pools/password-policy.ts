import type { PasswordPolicyType } from "../../api/generated/shapes.ts";
import { DAY } from "../../runtime/clock.ts";
import { type Random, randomText, shuffled } from "../../runtime/random.ts";

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
/** The symbols that count; a space counts too, inside the password. */
const SYMBOLS = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-";
/** For generated passwords: letters that are hard to confuse, and symbols that survive shells and HTML. */
const GENERATED = {
  upper: "ABCDEFGHJKLMNPQRSTUVWXYZ",
  lower: "abcdefghijkmnpqrstuvwxyz",
  symbols: "!@#%*_+-=?",
};

const DEFAULT_TEMPORARY_VALIDITY_DAYS = 7;

/** Why a password is refused; the words that follow the operation's prefix. */
export type PasswordRefusal =
  | "Password not long enough"
  | "Password must have uppercase characters"
  | "Password must have lowercase characters"
  | "Password must have numeric characters"
  | "Password must have symbol characters";

const hasAnyOf = (text: string, characters: string): boolean =>
  [...text].some((character) => characters.includes(character));

/** The first rule the password breaks, or null. Upper and lower case mean Basic Latin letters only. */
export function passwordRefusal(policy: PasswordPolicyType, password: string): PasswordRefusal | null {
  if (password.length < (policy.MinimumLength ?? 6)) return "Password not long enough";
  if (policy.RequireUppercase && !hasAnyOf(password, UPPER)) return "Password must have uppercase characters";
  if (policy.RequireLowercase && !hasAnyOf(password, LOWER)) return "Password must have lowercase characters";
  if (policy.RequireNumbers && !hasAnyOf(password, DIGITS)) return "Password must have numeric characters";
  if (policy.RequireSymbols && !hasAnyOf(password.trim(), `${SYMBOLS} `))
    return "Password must have symbol characters";
  return null;
}

/**
 * A random password that satisfies any policy with these settings: at least 12 characters, one of each class, a letter first so
 * that no shell takes it for an option.
 */
export function generatePassword(policy: PasswordPolicyType, random: Random): string {
  const length = Math.max(12, policy.MinimumLength ?? 0);
  const all = GENERATED.upper + GENERATED.lower + DIGITS + GENERATED.symbols;
  const rest =
    randomText(random, 1, GENERATED.lower) +
    randomText(random, 1, DIGITS) +
    randomText(random, 1, GENERATED.symbols) +
    randomText(random, length - 4, all);
  return randomText(random, 1, GENERATED.upper) + shuffled(random, [...rest]).join("");
}

/** How long a temporary password works, in ms; 0 days means the default of 7. */
export function temporaryPasswordValidityMs(policy: PasswordPolicyType): number {
  return (policy.TemporaryPasswordValidityDays || DEFAULT_TEMPORARY_VALIDITY_DAYS) * DAY;
}
