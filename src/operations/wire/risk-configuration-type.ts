import type { RiskConfigurationType } from "../../api/generated/shapes.ts";
import type { StoredRiskSettings } from "../../domain/threat-protection/index.ts";
import type { UserPool } from "../../domain/user-pools/index.ts";
import { timestamp } from "./timestamp.ts";

export const riskConfigurationType = (
  pool: UserPool,
  clientId: string | null,
  stored: StoredRiskSettings | null,
): RiskConfigurationType => ({
  UserPoolId: pool.id,
  ...(clientId === null ? {} : { ClientId: clientId }),
  ...stored?.settings,
  ...(stored ? { LastModifiedDate: timestamp(stored.modifiedAt) } : {}),
});
