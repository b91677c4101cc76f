import type { AuthenticationResultType, ChallengeNameType } from "../../api/generated/shapes.ts";
import type { Client } from "../clients/index.ts";
import type { EventContext } from "../threat-protection/index.ts";
import type { Sighting } from "../tokens/index.ts";
import type { TriggerCall } from "../triggers/index.ts";
import type { UserPool } from "../user-pools/index.ts";

/** A client with its pool. */
export interface ClientPlace {
  readonly pool: UserPool;
  readonly client: Client;
}

/** Where a sign-in happens, and the call that takes it further. */
export interface SignInPlace extends ClientPlace, Sighting {
  /** What the caller says of the user behind it. */
  readonly userContext?: EventContext | undefined;
  readonly call: TriggerCall;
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
