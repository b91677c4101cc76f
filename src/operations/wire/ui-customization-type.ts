import type { UICustomizationType } from "../../api/generated/shapes.ts";
import { imagePath, type UiCustomization } from "../../domain/branding/index.ts";
import type { Services } from "../../domain/services.ts";
import type { UserPool } from "../../domain/user-pools/index.ts";
import { versionStamp } from "./domain-type.ts";

/** Without the two dates that the model has: the service does not send them. */
export const uiCustomizationType = (
  { publicUrl }: Pick<Services, "publicUrl">,
  pool: UserPool,
  { clientId, css, image, modifiedAt }: UiCustomization,
): UICustomizationType => ({
  UserPoolId: pool.id,
  ClientId: clientId,
  ...(image ? { ImageUrl: `${publicUrl()}${imagePath(pool.id, clientId, image)}` } : {}),
  ...(css === null ? {} : { CSS: css }),
  CSSVersion: versionStamp(modifiedAt),
});
