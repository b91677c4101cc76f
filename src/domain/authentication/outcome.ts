import type { AuthenticationResultType, ChallengeNameType } from "../../api/generated/shapes.ts";
import type { Client } from "../clients/index.ts";
import type { UserPool } from "../user-pools/index.ts";

/** Where a sign-in happens. */
export interface SignInPlace {
  readonly pool: UserPool;
  readonly client: Client;
  /** The address the request came from. */
  readonly sourceIp?: string | undefined;
}

/** What a sign-in operation answers: the next challenge, or tokens. */
export type SignInOutcome =
  | {
      readonly kind: "challenge";
      readonly name: ChallengeNameType;
      /** Absent where the challenge carries its state itself. */
      readonly session?: string;
      readonly parameters: Readonly<Record<string, string>>;
      /** What the user may choose from; only in choice-based sign-in. */
      readonly available?: readonly ChallengeNameType[];
    }
  | { readonly kind: "tokens"; readonly result: AuthenticationResultType };
