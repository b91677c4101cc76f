import { CredentialsError, type NamedPolicy } from "../../domain/iam/index.ts";
import { type Instant, SECOND } from "../../runtime/clock.ts";
import { type Connection, Refusal } from "../connection/connection.ts";
import { nameEndpoint, task, UsageFault } from "../connection/task.ts";
import {
  type Given,
  policyChange,
  shown,
  table,
  toCreate,
  toDelete,
  type Who,
  who,
} from "./credential-options.ts";

export type RemoteCommand = "create" | "list" | "rotate" | "delete" | "policy";

type Ask = (connection: Connection, given: Given) => Promise<string>;

interface Principal {
  readonly PrincipalArn: string;
  readonly PolicyNames: readonly string[];
  readonly AccessKeys: readonly {
    readonly AccessKeyId: string;
    /** Epoch seconds. */
    readonly CreateDate: number;
  }[];
}

const nameOf = ({ kind, name }: Who): string => (kind === "root" ? name : `${kind}/${name}`);

const inWire = (policies: readonly NamedPolicy[]) =>
  policies.map(({ name, document }) => ({ PolicyName: name, PolicyDocument: document }));

async function keyOf(answer: Promise<unknown>): Promise<string> {
  const { AccessKey } = (await answer) as {
    AccessKey: { readonly AccessKeyId: string; readonly SecretAccessKey: string };
  };
  return shown({ accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey });
}

const create: Ask = async (connection, given) => {
  const settings = toCreate(given);
  const Principal = nameOf(settings);
  const Policies = inWire(settings.policies);
  if (settings.kind === "role") {
    const { PrincipalArn } = (await connection.callService("CreateRole", {
      Principal,
      Policies,
      AssumeRolePolicyDocument: settings.trustPolicy,
      MaxSessionDuration: settings.maxSessionSeconds,
    })) as { PrincipalArn: string };
    return `${PrincipalArn}\n`;
  }
  const key = () => keyOf(connection.callService("CreateAccessKey", { Principal }));
  const user = () => connection.callService("CreateUser", { Principal, Policies });
  if (Policies.length > 0) {
    await user();
    return key();
  }
  try {
    return await key();
  } catch (fault) {
    if (!(fault instanceof Refusal && fault.code === "NoSuchEntity")) throw fault;
    await user();
    return key();
  }
};

async function everyone(connection: Connection): Promise<Principal[]> {
  const found: Principal[] = [];
  for (let NextToken: string | undefined; ; ) {
    const page = (await connection.callService("ListPrincipals", { NextToken })) as {
      readonly Principals: readonly Principal[];
      readonly NextToken?: string;
    };
    found.push(...page.Principals);
    NextToken = page.NextToken;
    if (NextToken === undefined) return found;
  }
}

const list: Ask = async (connection) =>
  table(
    (await everyone(connection)).map(({ PrincipalArn, PolicyNames, AccessKeys }) => ({
      arn: PrincipalArn,
      policyNames: PolicyNames,
      accessKeys: AccessKeys.map(({ AccessKeyId, CreateDate }) => ({
        id: AccessKeyId,
        createdAt: (CreateDate * SECOND) as Instant,
      })),
    })),
  );

/** Whose an access key is: as the command was told, else as the server's list of all says. @throws CredentialsError */
async function ownerOf(connection: Connection, given: Given): Promise<string> {
  if (given.user !== undefined) return nameOf(who(given));
  const owner = (await everyone(connection)).find(({ AccessKeys }) =>
    AccessKeys.some(({ AccessKeyId }) => AccessKeyId === given.accessKeyId),
  );
  if (!owner) throw new CredentialsError(`there is no access key ${given.accessKeyId}`);
  return owner.PrincipalArn.split(":").at(-1) ?? "";
}

const rotate: Ask = async (connection, given) => {
  const Principal = await ownerOf(connection, given);
  return keyOf(connection.callService("RotateAccessKey", { Principal, AccessKeyId: given.accessKeyId }));
};

const remove: Ask = async (connection, given) => {
  const { accessKeyId: AccessKeyId } = given;
  if (AccessKeyId === undefined) {
    const principal = toDelete(given);
    const operation = principal.kind === "role" ? "DeleteRole" : "DeleteUser";
    await connection.callService(operation, { Principal: nameOf(principal) });
  } else
    await connection.callService("DeleteAccessKey", {
      Principal: await ownerOf(connection, given),
      AccessKeyId,
    });
  return "";
};

const policy: Ask = async (connection, given) => {
  const { policies, trustPolicy, ...principal } = policyChange(given);
  const Principal = nameOf(principal);
  if (policies) await connection.callService("PutPolicies", { Principal, Policies: inWire(policies) });
  if (trustPolicy !== null)
    await connection.callService("UpdateAssumeRolePolicy", { Principal, PolicyDocument: trustPolicy });
  return "";
};

const COMMANDS: Readonly<Record<RemoteCommand, Ask>> = { create, list, rotate, delete: remove, policy };

/** Options that say which database: a server has its own, and its callers their account. */
const OF_DATABASES = {
  account: "--account",
  dataDir: "--data-dir",
  databaseUrl: "--database-url",
  config: "--config",
};

/** Has a running server do it. @returns the exit status */
export const runAtServer = (command: RemoteCommand, given: Given): Promise<number> =>
  task(given, async (connection) => {
    for (const [name, option] of Object.entries(OF_DATABASES))
      if (given[name as keyof typeof OF_DATABASES] !== undefined)
        throw new UsageFault(
          `${option} is for work on the database itself: leave it out with --endpoint-url`,
        );
    if (command !== "list") nameEndpoint(connection);
    try {
      process.stdout.write(await COMMANDS[command](connection, given));
      return 0;
    } catch (fault) {
      throw fault instanceof CredentialsError ? new UsageFault(fault.message) : fault;
    }
  });
