import type { Client } from "../clients/index.ts";
import type { ServiceError } from "../errors.ts";
import type { SendMessage } from "../messages/index.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { MfaFactor, User } from "../users/index.ts";
import type { ChallengeName, ClaimedDevice, Progress, Proof, SignIn } from "./sign-in.ts";

export interface ChallengeContext {
  readonly services: Services;
  readonly pool: UserPool;
  readonly client: Client;
  readonly user: User;
}

/** What a challenge asks: the parameters for the client, and what the session keeps to check the answer by. */
export interface IssuedChallenge {
  readonly parameters: Readonly<Record<string, string>>;
  /** The digest of an expected code, base64. */
  readonly secret: string | null;
}

export type Verification =
  | {
      readonly kind: "proved";
      /** What counts as shown from now on; null when the answer shows nothing by itself. */
      readonly proof: Proof | null;
      readonly chosenFactor?: MfaFactor;
      /** The claimed device with what its answer brought. */
      readonly device?: ClaimedDevice;
      /** The answer's effect, in the transaction that uses the session up; returns the user as it is then. */
      apply(repositories: Repositories): Promise<User>;
    }
  | { readonly kind: "rejected"; readonly error: ServiceError };

export interface Challenge {
  readonly name: ChallengeName;
  /** A wrong answer to a guessable challenge counts like a wrong password. */
  readonly guessable: boolean;
  /** Runs in the transaction of the step before; `nonce` is the new session's. */
  issue(
    context: ChallengeContext,
    repositories: Pick<Repositories, "devices">,
    send: SendMessage,
    nonce: string,
    progress: Progress,
  ): Promise<IssuedChallenge>;
  /** Checks an answer and writes nothing; throws ServiceError for an answer that is incomplete. */
  verify(
    context: ChallengeContext,
    signIn: SignIn,
    responses: Readonly<Record<string, string>>,
  ): Promise<Verification>;
}
