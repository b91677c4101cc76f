import { unrecognizableLambdaOutput } from "../../errors.ts";
import { flag, text, textMap } from "../response.ts";
import { askFunction, metadata, type Occasion, type TriggerServices } from "../trigger.ts";

/** A user as another directory knows them. */
export interface MigratedUser {
  readonly attributes: Readonly<Record<string, string>>;
  readonly status: "CONFIRMED" | "RESET_REQUIRED";
  readonly aliasConflict: "move" | "refuse";
  readonly enableSmsMfa: boolean;
}

export const migratesUsers = ({ pool }: Occasion): boolean =>
  Boolean(pool.settings.LambdaConfig?.UserMigration);

/**
 * Asks whether another directory knows a name that no user has.
 * @param password as it was sent; null when the password was forgotten
 * @throws as askFunction; InvalidLambdaResponseException for an answer without attributes
 */
export async function userMigration(
  services: TriggerServices,
  occasion: Occasion,
  name: string,
  password: string | null,
): Promise<MigratedUser | null> {
  const arn = occasion.pool.settings.LambdaConfig?.UserMigration;
  if (!arn) return null;
  const response = await askFunction(services, "UserMigration", arn, occasion, {
    source: password === null ? "UserMigration_ForgotPassword" : "UserMigration_Authentication",
    userName: name,
    request: {
      ...(password === null ? {} : { password }),
      validationData: occasion.call.validationData ?? null,
      ...metadata(occasion),
    },
    response: {
      userAttributes: null,
      forceAliasCreation: null,
      enableSMSMFA: null,
      finalUserStatus: null,
      messageAction: null,
      desiredDeliveryMediums: null,
    },
  });
  const attributes = textMap(response.userAttributes);
  if (Object.keys(attributes).length === 0) throw unrecognizableLambdaOutput();
  const status = text(response.finalUserStatus) ?? "RESET_REQUIRED";
  if (status !== "CONFIRMED" && status !== "RESET_REQUIRED") throw unrecognizableLambdaOutput();
  return {
    attributes,
    status,
    aliasConflict: flag(response.forceAliasCreation) ? "move" : "refuse",
    enableSmsMfa: flag(response.enableSMSMFA),
  };
}
