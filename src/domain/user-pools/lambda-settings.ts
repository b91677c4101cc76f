import type { LambdaConfigType } from "../../api/generated/shapes.ts";
import { invalidParameter } from "../errors.ts";

function requireRegion(config: LambdaConfigType, region: string): void {
  for (const value of Object.values(config)) {
    const arn = typeof value === "string" ? value : value?.LambdaArn;
    const arnRegion = arn?.startsWith("arn:aws:lambda:") ? arn.split(":")[3] : region;
    if (arnRegion !== region) throw invalidParameter("Cross-region lambda functions are not supported");
  }
}

/**
 * The functions of a pool. PreTokenGeneration and PreTokenGenerationConfig are one setting under two names: each shows the other.
 * @throws InvalidParameterException
 */
export function lambdaConfig(config: LambdaConfigType, region: string): LambdaConfigType {
  requireRegion(config, region);
  const { PreTokenGeneration, PreTokenGenerationConfig, CustomEmailSender, CustomSMSSender, KMSKeyID } =
    config;
  if ((CustomEmailSender || CustomSMSSender) && !KMSKeyID)
    throw invalidParameter("KMSKeyID is required to use a custom email or SMS sender.");
  if (
    PreTokenGeneration &&
    PreTokenGenerationConfig &&
    PreTokenGeneration !== PreTokenGenerationConfig.LambdaArn
  )
    throw invalidParameter("PreTokenGeneration and PreTokenGenerationConfig must name the same function.");
  return {
    ...config,
    ...(PreTokenGeneration && !PreTokenGenerationConfig
      ? { PreTokenGenerationConfig: { LambdaArn: PreTokenGeneration, LambdaVersion: "V1_0" as const } }
      : {}),
    ...(PreTokenGenerationConfig && !PreTokenGeneration
      ? { PreTokenGeneration: PreTokenGenerationConfig.LambdaArn }
      : {}),
  };
}
