import type { Services } from "../services.ts";
import type { User } from "../users/index.ts";
import type { SignInOutcome, SignInPlace } from "./outcome.ts";

export interface FlowRequest extends SignInPlace {
  /** AuthParameters as sent. */
  readonly parameters: Readonly<Record<string, string>>;
  /** From ConfirmSignUp, to go on without another factor. */
  readonly session?: string | undefined;
}

/** A request whose USERNAME the shared steps have looked up: what functions had to say of the sign-in has been heard. */
export interface NamedRequest extends FlowRequest {
  /** Null for a name that no user has. */
  readonly user: User | null;
  /** USERNAME as given. */
  readonly name: string;
}

/** One way to begin a sign-in: proves the first factor and hands over to the progression. */
export type Flow =
  | {
      readonly kind: "named";
      /** What the request must bring besides USERNAME, before anything is looked up; throws ServiceError. */
      check(request: FlowRequest, services: Services): void;
      /** The parameter with the plain password that another directory can be asked about; null where there is none. */
      readonly migratesBy: "PASSWORD" | null;
      begin(services: Services, request: NamedRequest): Promise<SignInOutcome>;
    }
  | {
      /** Names no user: a token stands for one who signed in before. */
      readonly kind: "by-token";
      begin(services: Services, request: FlowRequest): Promise<SignInOutcome>;
    };
