import { execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import * as sdk from "@aws-sdk/client-cognito-identity-provider";
import { isOperationName, type OperationName } from "../../../src/api/operation.ts";
import type { Api } from "../../support/api.ts";
import { boto3Missing } from "../../support/boto3.ts";
import type { World } from "../../support/world.ts";
import type { Walker } from "./steps.ts";

/** A client that calls operations by their names. */
export interface WalkingClient {
  /** The operations that the client knows, as it says itself. */
  operations(): Promise<ReadonlySet<OperationName>>;
  readonly call: Api;
  close(): void;
}

/** Bytes are base64 on the wire; the SDK takes them as they are. */
function withBytes(input: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(input), (name, value) =>
    name === "Bytes" || name === "ImageFile" ? Buffer.from(value, "base64") : value,
  );
}

type Command = new (input: object) => sdk.ListUserPoolsCommand;
const commandOf = (operation: OperationName) =>
  (sdk as unknown as Readonly<Record<string, Command | undefined>>)[`${operation}Command`];

function sdkClient(world: World): WalkingClient {
  const client = world.client();
  return {
    operations: async () =>
      new Set(
        Object.keys(sdk)
          .filter((name) => name.endsWith("Command"))
          .map((name) => name.slice(0, -"Command".length))
          .filter(isOperationName),
      ),
    async call(operation, input) {
      const Named = commandOf(operation);
      if (!Named) throw new Error(`The SDK has no ${operation}`);
      // The SDK's commands and our types are of the same model; dates apart, which no step reads.
      return (await client.send(new Named(withBytes(input)))) as never;
    },
    close: () => client.destroy(),
  };
}

/** A Python process that does the calls it reads from its standard input, a line of JSON each. */
function pythonClient(script: string, url: string): WalkingClient {
  const path = new URL(script, import.meta.url).pathname;
  const python = spawn("python3", [path, url], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  const ask = async (request: object) => {
    python.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error(`${script} ended`);
    const { output, error } = JSON.parse(value);
    if (error !== undefined) throw new Error(error);
    return output;
  };
  return {
    operations: async () => new Set(((await ask({})) as string[]).filter(isOperationName)),
    call: (operation, input) => ask({ operation, input }),
    close: () => python.stdin.end(),
  };
}

function awsCliMissing(): string | null {
  try {
    execFileSync("python3", ["-c", "import awscli.clidriver"], { stdio: "ignore" });
    return null;
  } catch {
    return "python3 with the AWS CLI, version 1, is not installed";
  }
}

/** How each client is started, and why it cannot run here. */
export const CLIENTS: Readonly<
  Record<Walker, { readonly start: (world: World) => WalkingClient; readonly missing: string | null }>
> = {
  "AWS CLI": { start: ({ url }) => pythonClient("aws_cli_calls.py", url), missing: awsCliMissing() },
  boto3: { start: ({ url }) => pythonClient("../boto3/calls.py", url), missing: boto3Missing },
  "SDK for JavaScript": { start: sdkClient, missing: null },
};
