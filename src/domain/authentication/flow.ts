import type { Services } from "../services.ts";
import type { SignInOutcome, SignInPlace } from "./outcome.ts";

export interface FlowRequest extends SignInPlace {
  /** AuthParameters as sent. */
  readonly parameters: Readonly<Record<string, string>>;
  /** From ConfirmSignUp, to go on without another factor. */
  readonly session?: string | undefined;
}

/** One way to begin a sign-in: proves the first factor and hands over to the progression. */
export interface Flow {
  begin(services: Services, request: FlowRequest): Promise<SignInOutcome>;
}
