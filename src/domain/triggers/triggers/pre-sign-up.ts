import { flag } from "../response.ts";
import { askFunction, metadata, type Occasion, type TriggerServices } from "../trigger.ts";

/** What the function decides about a new user. */
export interface PreSignUpDecision {
  readonly confirm: boolean;
  readonly verifyEmail: boolean;
  readonly verifyPhone: boolean;
}

const NOTHING: PreSignUpDecision = { confirm: false, verifyEmail: false, verifyPhone: false };

/**
 * Before a user is stored: the function may refuse, or confirm and verify at once. Of administrators' users it can only refuse.
 * @param attributes as submitted; the user has no id yet
 */
export async function preSignUp(
  services: TriggerServices,
  occasion: Occasion,
  by: "SignUp" | "AdminCreateUser",
  userName: string,
  attributes: Readonly<Record<string, string>>,
): Promise<PreSignUpDecision> {
  const arn = occasion.pool.settings.LambdaConfig?.PreSignUp;
  if (!arn) return NOTHING;
  const response = await askFunction(services, "PreSignUp", arn, occasion, {
    source: `PreSignUp_${by}`,
    userName,
    request: {
      userAttributes: attributes,
      validationData: occasion.call.validationData ?? null,
      ...metadata(occasion),
    },
    response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
  });
  const decision = {
    confirm: flag(response.autoConfirmUser),
    verifyEmail: flag(response.autoVerifyEmail),
    verifyPhone: flag(response.autoVerifyPhone),
  };
  return by === "AdminCreateUser" ? NOTHING : decision;
}
