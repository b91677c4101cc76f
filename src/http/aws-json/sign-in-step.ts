import type { OperationName } from "../../api/operation.ts";
import type { SignInStep } from "../../runtime/metrics.ts";

const STEPS: ReadonlySet<OperationName> = new Set([
  "InitiateAuth",
  "AdminInitiateAuth",
  "RespondToAuthChallenge",
  "AdminRespondToAuthChallenge",
  "GetTokensFromRefreshToken",
]);

type Members = Readonly<Record<string, unknown>>;

/**
 * What a call meant for a sign-in; null for other operations.
 * @param input validated: its AuthFlow and ChallengeName are members of their enums
 * @param result the output, or the exception's name
 */
export function signInStep(
  operation: OperationName,
  input: Members,
  result: Members | string,
): SignInStep | null {
  if (!STEPS.has(operation)) return null;
  const step = String(input.AuthFlow ?? input.ChallengeName ?? "REFRESH_TOKEN");
  if (typeof result === "string") return { step, outcome: result };
  return { step, outcome: String(result.ChallengeName ?? "tokens") };
}
