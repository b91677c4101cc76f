import { awsEnvironment } from "../../config/environment.ts";
import type { AwsCredentials } from "../../crypto/sigv4-signature.ts";

/** What a server in development mode takes from a machine that has no credentials; it means nothing anywhere else. */
const PLACEHOLDER: AwsCredentials = { accessKeyId: "local", secretAccessKey: "local" };

/**
 * Credentials as the AWS command line finds them: a profile that was named, the environment, then the default profile, SSO, assumed
 * roles, processes, containers and instances.
 * @param local without any, a server on this machine is called with a pair that only its development mode accepts
 * @returns null when there are none
 */
export async function findCredentials(
  profile: string | undefined,
  local: boolean,
): Promise<AwsCredentials | null> {
  const { accessKeyId, secretAccessKey, sessionToken, configured } = awsEnvironment();
  if (profile === undefined && accessKeyId && secretAccessKey)
    return { accessKeyId, secretAccessKey, sessionToken };
  if (profile === undefined && local && !configured) return PLACEHOLDER;
  const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
  try {
    return await fromNodeProviderChain(profile === undefined ? {} : { profile })();
  } catch {
    return local && profile === undefined ? PLACEHOLDER : null;
  }
}
