import { ConfigError } from "../../config/config.ts";
import { environmentSettings } from "../../config/environment.ts";
import { signedHeaders } from "../../crypto/sigv4-signature.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { Options } from "../settings.ts";

const SERVICE = "cognate";
const TIMEOUT_MS = 30_000;

interface Rotated {
  readonly SigningKeys: readonly {
    readonly KeyId: string;
    readonly TokenUse: string;
    readonly ActiveFrom: number;
  }[];
}

/** A server that refused, in its own words. */
class Refused extends Error {}

function address(text: unknown): URL {
  const url = URL.parse(String(text));
  if (!url || !/^https?:$/.test(url.protocol))
    throw new ConfigError("--endpoint-url: give the server's address, such as https://auth.example.com");
  return url;
}

/** Calls one of the server's own operations, signed with the credentials of the environment. @throws Refused */
async function call(operation: string, input: object, { endpointUrl, region }: Options): Promise<unknown> {
  const { awsAccessKeyId, awsSecretAccessKey, awsSessionToken, region: usual } = environmentSettings();
  if (!awsAccessKeyId || !awsSecretAccessKey)
    throw new ConfigError("give credentials of the server by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  const url = new URL("/", address(endpointUrl));
  const body = JSON.stringify(input);
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": `CognateService.${operation}`,
  };
  const signed = signedHeaders(
    { url, headers, body },
    { accessKeyId: awsAccessKeyId, secretAccessKey: awsSecretAccessKey, sessionToken: awsSessionToken },
    {
      region: String(region ?? usual ?? "us-east-1"),
      service: SERVICE,
      at: new Date(systemClock.now()).toISOString().replace(/[-:]|\.\d{3}/g, ""),
    },
  );
  const response = await fetch(url, {
    method: "POST",
    headers: signed,
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((fault: Error) => {
    const cause = fault.cause instanceof Error ? fault.cause.message : fault.message;
    throw new Refused(`${url.origin} cannot be reached: ${cause}`);
  });
  const answer = (await response.json().catch(() => ({}))) as Record<string, string>;
  if (response.ok) return answer;
  throw new Refused(
    `${answer.__type ?? response.status}: ${answer.message ?? answer.Message ?? "no reason given"}`,
  );
}

/** `cognate keys rotate-signing`: has a running server replace a pool's signing keys. @returns the exit status */
export async function rotateSigning(options: Options): Promise<number> {
  try {
    const { SigningKeys } = (await call(
      "RotateSigningKeys",
      { UserPoolId: options.userPoolId },
      options,
    )) as Rotated;
    for (const { KeyId, TokenUse, ActiveFrom } of SigningKeys)
      process.stdout.write(
        `${TokenUse}\t${KeyId}\tsigns from ${new Date(ActiveFrom * 1000).toISOString()}\n`,
      );
    return 0;
  } catch (fault) {
    process.stderr.write(`cognate: ${fault instanceof Error ? fault.message : String(fault)}\n`);
    return fault instanceof ConfigError ? 2 : 1;
  }
}
