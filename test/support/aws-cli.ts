import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** What a run of the AWS CLI gave. */
export interface CliRun {
  readonly status: number;
  /** Standard output parsed as JSON; undefined when there was none. */
  // biome-ignore lint/suspicious/noExplicitAny: the CLI's answers are compared, not typed
  readonly output: any;
  readonly errorText: string;
  /** `<Code>` and `<message>` of "An error occurred (Code) when calling the X operation: message". */
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

const onPath = (program: string): boolean =>
  (process.env.PATH ?? "").split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/**
 * With COGNATE_TEST_AWS=cognate in the environment, the tests with the AWS CLI run this program's own commands of that form instead: what
 * they expect of one they can expect of the other.
 */
const PROGRAM: readonly string[] =
  process.env.COGNATE_TEST_AWS === "cognate"
    ? [process.execPath, resolve(import.meta.dirname, "../../src/main.ts")]
    : ["aws"];

/** Why the tests with the real AWS CLI cannot run here; null when they can. */
export const awsCliMissing: string | null =
  PROGRAM.length > 1 || onPath("aws") ? null : "the AWS CLI (aws) is not installed";

/** Credentials that development mode takes, as it takes any. */
const LOCAL = { accessKeyId: "local", secretAccessKey: "local" };

/** Runs `aws cognito-idp …`, or another service's commands, against a server, without a shell. The region is us-east-1 unless given. */
export function awsCli(
  url: string,
  region = "us-east-1",
  credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  } = LOCAL,
  service = "cognito-idp",
) {
  return (...args: string[]): Promise<CliRun> =>
    new Promise((resolve) => {
      const env = {
        ...process.env,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        ...(credentials.sessionToken ? { AWS_SESSION_TOKEN: credentials.sessionToken } : {}),
        AWS_DEFAULT_REGION: region,
        AWS_ENDPOINT_URL: url,
        AWS_PAGER: "",
        AWS_CONFIG_FILE: "/dev/null",
        AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
        AWS_MAX_ATTEMPTS: "1",
      };
      const options = { env, maxBuffer: 16 * 1024 * 1024 };
      const [program = "", ...rest] = [...PROGRAM, service, ...args, "--output", "json"];
      execFile(program, rest, options, (fault, stdout, stderr) => {
        const match =
          /An error occurred \((\w+)\) when calling the \w+ operation(?: \([^)]*\))?: ([\s\S]*?)\n*$/.exec(
            stderr,
          );
        resolve({
          status: fault ? Number(fault.code ?? 1) : 0,
          output: stdout.trim() ? JSON.parse(stdout) : undefined,
          errorText: stderr,
          errorCode: match?.[1] ?? null,
          errorMessage: match?.[2] ?? null,
        });
      });
    });
}
