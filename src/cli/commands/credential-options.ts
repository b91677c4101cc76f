import { readFileSync } from "node:fs";
import { basename } from "node:path";
import {
  CredentialsError,
  type NamedPolicy,
  type NewAccessKey,
  type PrincipalKind,
  ROOT_NAME,
} from "../../domain/iam/index.ts";
import type { Instant } from "../../runtime/clock.ts";

/** Who a command is about. */
export interface Who {
  readonly kind: PrincipalKind;
  readonly name: string;
}

/** What a command was given. */
export interface Given {
  readonly root?: boolean;
  readonly user?: string;
  readonly role?: string;
  readonly policy?: string[];
  readonly trustPolicy?: string;
  readonly maxSessionSeconds?: string;
  readonly accessKeyId?: string;
  readonly account?: string;
  readonly dataDir?: string;
  readonly databaseUrl?: string;
  readonly config?: string;
  readonly endpointUrl?: string;
  readonly region?: string;
  readonly profile?: string;
}

const HOUR = 3600;

/** @throws CredentialsError unless one is named */
export function who({ root, user, role }: Given): Who {
  const named: Who[] = [
    ...(root ? [{ kind: "root" as const, name: ROOT_NAME }] : []),
    ...(user === undefined ? [] : [{ kind: "user" as const, name: user }]),
    ...(role === undefined ? [] : [{ kind: "role" as const, name: role }]),
  ];
  const [one] = named;
  if (!one || named.length > 1) throw new CredentialsError("name one of --user NAME, --role NAME and --root");
  return one;
}

function fileText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (fault) {
    throw new CredentialsError(`${path}: ${fault instanceof Error ? fault.message : "cannot be read"}`);
  }
}

/** @throws CredentialsError */
export const policiesOf = (files: readonly string[] = []): NamedPolicy[] =>
  files.map((file) => ({ name: basename(file).replace(/\.json$/, ""), document: fileText(file) }));

/** @throws CredentialsError */
export const trustOf = ({ trustPolicy }: Given): string | null =>
  trustPolicy === undefined ? null : fileText(trustPolicy);

function sessionSeconds({ maxSessionSeconds = String(HOUR) }: Given): number {
  const seconds = Number(maxSessionSeconds);
  if (!Number.isInteger(seconds) || seconds < HOUR || seconds > 12 * HOUR)
    throw new CredentialsError("--max-session-seconds is a whole number from 3600 to 43200");
  return seconds;
}

/** What `create` is to make. */
export interface ToCreate extends Who {
  readonly policies: readonly NamedPolicy[];
  /** Null for what is no role. */
  readonly trustPolicy: string | null;
  readonly maxSessionSeconds: number;
}

/** @throws CredentialsError */
export function toCreate(given: Given): ToCreate {
  const principal = who(given);
  const settings = {
    ...principal,
    policies: policiesOf(given.policy),
    trustPolicy: trustOf(given),
    maxSessionSeconds: sessionSeconds(given),
  };
  if ((principal.kind === "role") !== (settings.trustPolicy !== null))
    throw new CredentialsError("a role, and nothing else, needs --trust-policy FILE: who may take it on");
  if (principal.kind === "root" && settings.policies.length > 0) throw mayDoEverything();
  return settings;
}

/** What `policy` is to change; what is null stays. */
export interface PolicyChange extends Who {
  readonly policies: readonly NamedPolicy[] | null;
  readonly trustPolicy: string | null;
}

/** @throws CredentialsError */
export function policyChange(given: Given): PolicyChange {
  const principal = who(given);
  if (principal.kind === "root") throw mayDoEverything();
  const trustPolicy = trustOf(given);
  if (trustPolicy !== null && principal.kind !== "role")
    throw new CredentialsError("only a role has a --trust-policy");
  return { ...principal, policies: given.policy ? policiesOf(given.policy) : null, trustPolicy };
}

const mayDoEverything = () =>
  new CredentialsError("the account itself may do everything; give policies to users and roles");

/** The user or role that `delete` is to delete. @throws CredentialsError */
export function toDelete(given: Given): Who {
  const principal = who(given);
  if (principal.kind === "root")
    throw new CredentialsError("delete the account's access keys by --access-key-id");
  return principal;
}

/** In the form that a shell can read: the secret is shown here and never again. */
export const shown = ({ accessKeyId, secretAccessKey }: NewAccessKey): string =>
  `AWS_ACCESS_KEY_ID=${accessKeyId}\nAWS_SECRET_ACCESS_KEY=${secretAccessKey}\n`;

/** A line of `list` for each access key, and one for who has none. */
export interface ListedRow {
  readonly arn: string;
  readonly policyNames: readonly string[];
  readonly accessKeys: readonly { readonly id: string; readonly createdAt: Instant }[];
}

export function table(principals: readonly ListedRow[]): string {
  const lines = principals.flatMap(({ arn, policyNames, accessKeys }) => {
    const granted = arn.endsWith(`:${ROOT_NAME}`) ? "everything" : policyNames.join(",") || "nothing";
    const rows = accessKeys.map(({ id, createdAt }) => [id, new Date(createdAt).toISOString()]);
    return (rows.length > 0 ? rows : [["-", "-"]]).map((row) => [arn, granted, ...row].join("\t"));
  });
  return `${["PRINCIPAL\tPOLICIES\tACCESS KEY\tCREATED", ...lines].join("\n")}\n`;
}
