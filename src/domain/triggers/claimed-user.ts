import { hidesUserExistence } from "../clients/index.ts";
import type { User } from "../users/index.ts";
import { eventAttributes, type Occasion } from "./trigger.ts";

/** Who is said to sign in: a user, or a name that no user has. */
export interface ClaimedUser {
  readonly user: User | null;
  readonly name: string;
}

export const claimedName = ({ user, name }: ClaimedUser): string => user?.username ?? name;

export const claimedAttributes = ({ pool }: Occasion, { user }: ClaimedUser): Record<string, string> =>
  user ? eventAttributes(pool, user) : {};

/** `userNotFound`, which only clients that hide who exists make functions hear of. */
export const existence = ({ client }: Occasion, { user }: ClaimedUser) =>
  client && hidesUserExistence(client) ? { userNotFound: user === null } : {};
