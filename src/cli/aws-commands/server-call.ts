import { setTimeout as delay } from "node:timers/promises";
import { awsCaBundle, awsEnvironment, awsMaxAttempts } from "../../config/environment.ts";
import { type AwsCredentials, signedHeaders } from "../../crypto/sigv4-signature.ts";
import { systemClock } from "../../runtime/clock.ts";
import { systemRandom } from "../../runtime/random.ts";
import { VERSION } from "../../runtime/version.ts";
import { findCredentials } from "../connection/credentials.ts";
import { isLocal, noServerAnswers, usualEndpoint } from "../connection/endpoint.ts";
import { failure, refusal } from "./faults.ts";
import type { GlobalOptions } from "./global-options.ts";
import { endpointOf, type Profile } from "./profile.ts";
import type { OperationModel, ServiceModel } from "./service-model.ts";
import { timestampPrinter } from "./timestamps.ts";
import { type Answer, NoAnswer, post } from "./transport.ts";
import type { Dictionary } from "./value.ts";
import { jsonBody, jsonFault, jsonOutput, queryBody, queryFault, queryOutput } from "./wire.ts";

const USUAL_REGION = "us-east-1";
const USUAL_ATTEMPTS = 5;
const PASSING = new Set([429, 500, 502, 503, 504, 509]);
const THROTTLED = new Set([
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "RequestThrottledException",
  "ProvisionedThroughputExceededException",
]);

/** Calls an operation with parameters that are checked already. @throws CommandFault */
export type Call = (operation: OperationModel, parameters: Dictionary) => Promise<Dictionary>;

/** Where and as whom a service's operations are called. @throws CommandFault when the region or the address is missing or wrong */
export function caller(service: ServiceModel, options: GlobalOptions, profile: Profile): Call {
  const given = options.endpointUrl ?? endpointOf(service.endpointName, profile);
  const configured = options.region ?? awsEnvironment().region ?? profile.region;
  const region = configured ?? USUAL_REGION;
  const endpoint = given === undefined ? usualEndpoint() : endpointAt(given, service, region);
  const local = isLocal(endpoint);
  if (configured === undefined && !local)
    throw refusal(
      'You must specify a region. You can also configure your region by running "aws configure".',
    );
  const timestamp = timestampPrinter(profile.timestampFormat);
  const transport = {
    ...options,
    caBundle: options.caBundle ?? awsCaBundle() ?? profile.caBundle,
  };

  let signer: Promise<Signer> | undefined;
  const signing = async (): Promise<Signer> =>
    signerOf(await credentials(options.profile, local), service.name, region);
  const attempt = async (url: URL, headers: Record<string, string>, body: string, sign: Signer) =>
    await post(url, sign(url, headers, body), body, transport);

  const call: Call = async (operation, parameters) => {
    const shapes = service.shapes("input");
    const json = service.protocol === "json";
    const body = json
      ? jsonBody(shapes, operation.input, parameters)
      : queryBody(shapes, operation.name, operation.input, parameters);
    const headers = {
      "user-agent": `cognate/${VERSION}`,
      ...(json
        ? {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": `AWSCognitoIdentityProviderService.${operation.name}`,
          }
        : { "content-type": "application/x-www-form-urlencoded; charset=utf-8" }),
    };
    let sign = unsigned;
    if (options.sign && !operation.unsigned) {
      // Once for all pages.
      signer ??= signing();
      sign = await signer;
    }
    const url = new URL(`${endpoint.pathname.replace(/\/$/, "")}/`, endpoint);
    const most = Math.max(1, awsMaxAttempts() ?? USUAL_ATTEMPTS);
    for (let attempts = 1; ; attempts++) {
      const answer = await attempt(url, headers, body, sign).catch((fault: unknown) => {
        if (!(fault instanceof NoAnswer)) throw fault;
        if (given === undefined && fault.unreachable)
          throw failure(noServerAnswers(endpoint, region).message);
        // Who refuses on this machine is not there; waiting would not bring it.
        if (attempts < most && !(local && fault.unreachable)) return null;
        throw failure(fault.message);
      });
      if (answer && answer.status < 300) {
        const outputs = service.shapes("output");
        return json
          ? jsonOutput(outputs, operation.output, answer.body, timestamp)
          : queryOutput(outputs, operation.name, operation.output, answer.body);
      }
      if (answer) {
        const passing = isPassing(answer, json);
        if (!passing || attempts >= most)
          throw serverRefused(answer, json, operation.name, passing ? attempts - 1 : null);
      }
      await delay((systemRandom.below(1000) / 1000) * 2 ** (attempts - 1) * 1000);
    }
  };
  return call;
}

const faultOf = (answer: Answer, json: boolean) => (json ? jsonFault(answer) : queryFault(answer));

const isPassing = (answer: Answer, json: boolean): boolean =>
  PASSING.has(answer.status) || (answer.status === 400 && THROTTLED.has(faultOf(answer, json).code));

function serverRefused(answer: Answer, json: boolean, operation: string, retries: number | null) {
  const { code, message } = faultOf(answer, json);
  const remark = retries === null ? "" : ` (reached max retries: ${retries})`;
  return failure(`An error occurred (${code}) when calling the ${operation} operation${remark}: ${message}`);
}

type Signer = (url: URL, headers: Record<string, string>, body: string) => Record<string, string>;

const unsigned: Signer = (_url, headers) => headers;

const signerOf =
  (credentials: AwsCredentials, service: string, region: string): Signer =>
  (url, headers, body) => {
    const at = new Date(systemClock.now()).toISOString().replace(/[-:]|\.\d{3}/g, "");
    return signedHeaders({ url, headers, body }, credentials, { region, service, at });
  };

/** A profile that the command line names goes before the environment's keys; one that the environment names goes after them. */
async function credentials(profile: string | undefined, local: boolean): Promise<AwsCredentials> {
  const found = await findCredentials(profile, local);
  if (found) return found;
  throw refusal('Unable to locate credentials. You can configure credentials by running "aws configure".');
}

/** `aws` is the service's own address in the region. */
function endpointAt(text: string, { name }: ServiceModel, region: string): URL {
  if (text === "aws") return new URL(`https://${name}.${region}.amazonaws.com/`);
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw failure(`Invalid endpoint: ${text}`);
  return url;
}
