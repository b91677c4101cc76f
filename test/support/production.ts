import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Input, OperationName, Output } from "../../src/api/operation.ts";
import { type ConfigInput, parseConfig, requireStartable } from "../../src/config/config.ts";
import { signedHeaders } from "../../src/crypto/sigv4-signature.ts";
import { createAccessKey, createPrincipal } from "../../src/domain/iam/index.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { type RunningServer, startServer } from "../../src/server.ts";
import { type Api, ApiRefusal } from "./api.ts";

/** Credentials as clients hold them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A policy document, or the text of one. */
export type PolicyInput = object | string;

/** A server in production mode, with its root key and a way to make principals. */
export interface Production {
  readonly url: string;
  readonly server: RunningServer;
  readonly dataDir: string;
  readonly root: Credentials;
  /** An access key of a new user with these policies; in the default account unless told otherwise. */
  user(name: string, policies?: readonly PolicyInput[], accountId?: string): Promise<Credentials>;
  /** The ARN of a new role. */
  role(name: string, trust: PolicyInput, policies?: readonly PolicyInput[]): Promise<string>;
  close(): Promise<void>;
}

export const ACCOUNT = "123456789012";
/** Allows everything. */
export const EVERYTHING = allow("*");

/** A policy with one statement that allows. */
export function allow(
  action: string | readonly string[],
  resource: string | readonly string[] = "*",
  condition?: object,
) {
  return {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: action, Resource: resource, ...(condition ? { Condition: condition } : {}) },
    ],
  };
}

const text = (policy: PolicyInput): string => (typeof policy === "string" ? policy : JSON.stringify(policy));

/** Starts a server in production mode on a free port, in this process. Requests may come as fast as they like unless told otherwise. */
export async function startProduction(settings: ConfigInput = {}): Promise<Production> {
  const dataDir = mkdtempSync(join(tmpdir(), "cognate-production-"));
  const config = parseConfig({ port: 0, dataDir, limits: { enabled: false }, ...settings });
  requireStartable(config);
  const server = await startServer(config, { logger: silentLogger });
  const { services, rootKey } = server;
  if (!rootKey) throw new Error("No root key was made");
  const settingsOf = (
    kind: "user" | "role",
    name: string,
    policies: readonly PolicyInput[],
    accountId: string,
  ) => ({
    accountId,
    kind,
    name,
    policies: policies.map((policy, index) => ({ name: `policy${index}`, document: text(policy) })),
    trustPolicy: null,
    maxSessionSeconds: 3600,
  });
  return {
    url: server.url,
    server,
    dataDir,
    root: rootKey,
    user: (name, policies = [], accountId = ACCOUNT) =>
      createAccessKey(services, settingsOf("user", name, policies, accountId)),
    async role(name, trust, policies = []) {
      const settings = { ...settingsOf("role", name, policies, ACCOUNT), trustPolicy: text(trust) };
      await createPrincipal(services, settings);
      return `arn:aws:iam::${ACCOUNT}:role/${name}`;
    },
    async close() {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const compactTime = (millis: number): string => new Date(millis).toISOString().replace(/[-:]|\.\d{3}/g, "");

export interface SigningOptions {
  readonly region?: string;
  readonly service?: string;
  /** Milliseconds since the epoch; now unless told otherwise. */
  readonly at?: number;
}

/** The headers of a call, signed. */
export function signedCall(
  url: string,
  credentials: Credentials,
  call: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  { region = "us-east-1", service = "cognito-idp", at = Date.now() }: SigningOptions = {},
): Record<string, string> {
  const scope = { region, service, at: compactTime(at) };
  return signedHeaders({ url: new URL(url), ...call }, credentials, scope);
}

/** What was answered: the error's code and sentence, or null and the answer. */
export interface Answered {
  readonly status: number;
  readonly code: string | null;
  readonly message: string;
  readonly body: string;
}

/** Sends one call of the API with these headers beside those that every call has. */
export async function send(
  url: string,
  operation: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<Answered> {
  const response = await fetch(url, {
    method: "POST",
    headers: { ...apiHeaders(operation), ...headers },
    body,
  });
  const text = await response.text();
  const content = text === "" ? {} : JSON.parse(text);
  return {
    status: response.status,
    code: response.ok ? null : content.__type,
    message: content.message ?? content.Message ?? "",
    body: text,
  };
}

export const apiHeaders = (operation: string): Record<string, string> => ({
  "content-type": "application/x-amz-json-1.1",
  "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
});

/** Calls an operation signed with the credentials. */
export const signedSend = (
  url: string,
  credentials: Credentials,
  operation: string,
  input: object,
  options: SigningOptions = {},
): Promise<Answered> => {
  const body = JSON.stringify(input);
  const call = { headers: apiHeaders(operation), body };
  return send(url, operation, body, signedCall(url, credentials, call, options));
};

/** The API for who has these credentials. @throws ApiRefusal */
export function signedApi(url: string, credentials: Credentials, options: SigningOptions = {}): Api {
  return async <N extends OperationName>(operation: N, input: Input<N>): Promise<Output<N>> => {
    const { status, code, message, body } = await signedSend(
      url,
      credentials,
      operation,
      input ?? {},
      options,
    );
    if (code !== null) throw new ApiRefusal(code, message, status);
    return body === "" ? (undefined as Output<N>) : JSON.parse(body);
  };
}
