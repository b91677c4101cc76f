import type { ChallengeNameType } from "../../../api/generated/shapes.ts";
import type { Choice } from "./questions.ts";

/** What a server asks. */
export interface Challenge {
  readonly name: ChallengeNameType;
  readonly session: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  /** Of the user, as responses name it. */
  readonly username: string;
  /** Of SELECT_CHALLENGE. */
  readonly available: readonly string[];
}

/** ChallengeResponses, less USERNAME, SECRET_HASH and DEVICE_KEY, which every response has. */
export interface ChallengeAnswer {
  readonly responses: Readonly<Record<string, string>>;
  /** When another one goes on than that of the challenge. */
  readonly session?: string;
  /** A person typed it and may type something else. */
  readonly again?: boolean;
}

const FACTORS: Readonly<Record<string, string>> = {
  SMS_MFA: "a code by SMS",
  EMAIL_OTP: "a code by e-mail",
  SMS_OTP: "a code by SMS",
  SOFTWARE_TOKEN_MFA: "a code of an authenticator app",
  PASSWORD: "the password, sent as it is",
  PASSWORD_SRP: "the password, proved by SRP",
};

/** What can be done at a terminal; a passkey is in a browser or on a key. */
export const NOT_HERE: readonly string[] = ["WEB_AUTHN"];

/** Those that can be chosen here. */
export const factorChoices = (names: readonly string[]): Choice[] =>
  names
    .filter((name) => !NOT_HERE.includes(name))
    .map((name) => ({ name, text: `${name}: ${FACTORS[name] ?? "no description"}` }));

/** A JSON list in a challenge parameter. */
export function listedIn(parameters: Challenge["parameters"], name: string): string[] {
  try {
    const list: unknown = JSON.parse(parameters[name] ?? "[]");
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    return [];
  }
}
