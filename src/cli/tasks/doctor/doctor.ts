import { styleText } from "node:util";
import { awsEnvironment } from "../../../config/environment.ts";
import {
  type Connection,
  type ConnectionOptions,
  connect,
  Refusal,
  Unreachable,
} from "../../connection/connection.ts";
import { EndpointUnknown } from "../../connection/endpoint.ts";
import { type FoundPool, findPool } from "../../connection/pools.ts";
import { attempt, UsageFault } from "../../connection/task.ts";
import { terminal } from "../../terminal/terminal.ts";
import { callerIdentity } from "./caller-identity.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import { checkPermissions } from "./permission-checks.ts";
import { checkServer } from "./server-checks.ts";

export interface DoctorOptions extends ConnectionOptions {
  readonly pool?: string;
  readonly action?: readonly string[];
  readonly json?: boolean;
}

const REGION_OF_ID = /^([a-z]{2}(?:-[a-z]+)+-\d+)_[0-9A-Za-z]+$/;
const COLOURS = { ok: "green", warn: "yellow", fail: "red" } as const;

/** `cognate doctor`: looks for what is wrong between this machine and a server. @returns 1 when something fails */
export const doctor = (options: DoctorOptions): Promise<number> =>
  attempt(async () => {
    const findings: Finding[] = [];
    for await (const finding of examine(options)) {
      findings.push(finding);
      if (!options.json) show(finding);
    }
    const failed = findings.some(({ result }) => result === "fail");
    if (options.json) terminal.print(JSON.stringify({ healthy: !failed, findings }, null, 2));
    return failed ? 1 : 0;
  });

function show({ check, result, message, advice }: Finding): void {
  const word = result.padEnd(4);
  terminal.print(
    `${terminal.colour ? styleText(COLOURS[result], word) : word}  ${check.padEnd(11)}  ${message}`,
  );
  if (advice !== undefined) terminal.print(`${" ".repeat(19)}→ ${advice}`);
}

async function* examine(options: DoctorOptions): AsyncGenerator<Finding> {
  let connection: Connection;
  try {
    connection = await connect(options);
  } catch (fault) {
    if (!(fault instanceof EndpointUnknown)) throw fault;
    yield fail("endpoint", fault.message);
    return;
  }
  const server = await checkServer(connection);
  yield* server.findings;
  if (server.findings.some(({ check, result }) => check === "endpoint" && result === "fail")) return;
  const region = regionFinding(options, connection);
  const identity = await credentialsFinding(
    connection,
    options,
    server.kind === "amazon",
    server.development,
  );
  yield identity;
  yield region;
  if (identity.result === "fail" || region.result === "fail") return;
  const { pool, finding } = await poolFinding(connection, options.pool);
  yield finding;
  yield* await checkPermissions(connection, pool, options.action ?? []);
}

async function credentialsFinding(
  connection: Connection,
  { profile = awsEnvironment().profile }: DoctorOptions,
  amazon: boolean,
  development: boolean,
): Promise<Finding> {
  const identity = await callerIdentity(connection, profile, amazon).catch((fault: Error) => fault);
  if (identity instanceof Error)
    return fail("credentials", `nobody says whose they are: ${identity.message}`, "check the way to sts");
  switch (identity.kind) {
    case "none":
      return fail(
        "credentials",
        "there are none in the environment, nor in a profile",
        'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; "cognate credentials create" makes a pair on a server of your own',
      );
    case "refused":
      return fail(
        "credentials",
        `${identity.accessKeyId} is refused: ${identity.code}: ${identity.message}`,
        "these credentials are another server's, were deleted or have expired, or the secret is mistyped",
      );
    case "known":
      return ok(
        "credentials",
        development
          ? `${identity.accessKeyId} is taken as ${identity.arn} (development mode may take any)`
          : `${identity.accessKeyId} is ${identity.arn}`,
      );
  }
}

/** An id says its region, and pools are seen from their own region alone. */
function regionFinding({ pool, region }: DoctorOptions, connection: Connection): Finding {
  const home = REGION_OF_ID.exec(pool ?? "")?.[1];
  const source =
    region !== undefined
      ? "--region"
      : awsEnvironment().region !== undefined
        ? "the environment"
        : "by default";
  if (home !== undefined && home !== connection.region)
    return fail(
      "region",
      `the pool is in ${home}, and calls go to ${connection.region} (${source})`,
      `give --region ${home}, or set AWS_REGION=${home}`,
    );
  return ok("region", `${connection.region} (${source})`);
}

async function poolFinding(
  connection: Connection,
  named: string | undefined,
): Promise<{ pool: FoundPool | null; finding: Finding }> {
  try {
    const pool = await findPool(connection, named);
    return { pool, finding: ok("pool", `${pool.Name} (${pool.Id})`) };
  } catch (fault) {
    if (fault instanceof UsageFault)
      // Without a name it is no fault that there are several, or none yet.
      return { pool: null, finding: (named === undefined ? warn : fail)("pool", fault.message) };
    if (fault instanceof Refusal || fault instanceof Unreachable)
      return {
        pool: null,
        finding: warn("pool", `pools cannot be listed: ${fault.message}`, "give --pool the id of one"),
      };
    throw fault;
  }
}
