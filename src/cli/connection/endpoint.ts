import { awsEnvironment, environmentSettings } from "../../config/environment.ts";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const USUAL_PORT = 9500;
const PROBE_MS = 500;

/** The address cannot be used, or none is known. The message says what to set. */
export class EndpointUnknown extends Error {}

/** Whether the address is one of this machine. */
export const isLocal = ({ hostname }: URL): boolean => LOOPBACK.test(hostname);

/** Whether the address is Amazon's, which has none of this server's own operations. */
export const isAmazon = ({ hostname }: URL): boolean => /\.amazonaws\.com(\.cn)?$/.test(hostname);

/** The regional address of Amazon Cognito. */
const amazonEndpoint = (region: string): URL => new URL(`https://cognito-idp.${region}.amazonaws.com/`);

/**
 * Where the command line talks to: the address that was given (`aws` is Amazon Cognito's own in the region), else that of
 * AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER or AWS_ENDPOINT_URL, else a server on this machine if one answers. Never AWS unasked.
 * @throws EndpointUnknown
 */
export async function findEndpoint(given: string | undefined, region: string): Promise<URL> {
  const text = given ?? awsEnvironment().endpointUrl;
  if (text === "aws") return amazonEndpoint(region);
  if (text !== undefined) {
    const url = URL.parse(text);
    if (!url || !/^https?:$/.test(url.protocol))
      throw new EndpointUnknown(`${text} is not an address such as http://127.0.0.1:9500`);
    return url;
  }
  const local = usualEndpoint();
  if (await answers(local)) return local;
  throw noServerAnswers(local, region);
}

/** Where a server on this machine is, if there is one. */
export function usualEndpoint(): URL {
  const { host = "127.0.0.1", port = String(USUAL_PORT) } = environmentSettings();
  return new URL(`http://${host.includes(":") ? `[${host}]` : host}:${port}/`);
}

export function noServerAnswers(local: URL, region: string): EndpointUnknown {
  return new EndpointUnknown(
    `no server answers on ${local.origin}: start one with "cognate start --dev", or give --endpoint-url (or AWS_ENDPOINT_URL) the address of another; "--endpoint-url aws" is Amazon Cognito in ${region}`,
  );
}

async function answers(url: URL): Promise<boolean> {
  try {
    const { ok } = await fetch(new URL("/health/live", url), { signal: AbortSignal.timeout(PROBE_MS) });
    return ok;
  } catch {
    return false;
  }
}
