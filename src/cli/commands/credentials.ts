import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { basename } from "node:path";
import type { Command } from "commander";
import { ConfigError } from "../../config/config.ts";
import { CheckpointKey } from "../../crypto/checkpoint-key.ts";
import {
  AuditRecorder,
  AuditSealer,
  accessKeyDeleted,
  accessKeyMade,
  type CredentialEvent,
  policiesChanged,
  principalDeleted,
  principalMade,
  recordingCredentials,
  trustChanged,
} from "../../domain/audit/index.ts";
import { ServiceError } from "../../domain/errors.ts";
import {
  CredentialsError,
  changePolicies,
  createAccessKey,
  createRole,
  deleteAccessKey,
  deletePrincipal,
  listPrincipals,
  type NamedPolicy,
  type NewAccessKey,
  type PrincipalKind,
  ROOT_NAME,
  rotateAccessKey,
} from "../../domain/iam/index.ts";
import { systemClock } from "../../runtime/clock.ts";
import { systemLogger } from "../../runtime/system-logger.ts";
import { type Keeping, openKeeping } from "../../server.ts";
import { configFrom } from "../settings.ts";

function operatingUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user of a container may have a number and no name.
    return String(process.getuid?.() ?? "unknown");
  }
}

/** Who a command is about. */
interface Who {
  readonly accountId: string;
  readonly kind: PrincipalKind;
  readonly name: string;
}

interface Given {
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
}

type Services = Keeping["services"];
/** The services, whose next transaction carries a record of each event. */
type Recorded = (...events: readonly CredentialEvent[]) => Promise<Services>;
type Act = (services: Services, given: Given, accountId: string, recorded: Recorded) => Promise<string>;

const HOUR = 3600;

function who({ root, user, role }: Given, accountId: string): Who {
  const named: Who[] = [
    ...(root ? [{ accountId, kind: "root" as const, name: ROOT_NAME }] : []),
    ...(user === undefined ? [] : [{ accountId, kind: "user" as const, name: user }]),
    ...(role === undefined ? [] : [{ accountId, kind: "role" as const, name: role }]),
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

const policiesOf = (files: readonly string[] = []): NamedPolicy[] =>
  files.map((file) => ({ name: basename(file).replace(/\.json$/, ""), document: fileText(file) }));

const trustOf = ({ trustPolicy }: Given): string | null =>
  trustPolicy === undefined ? null : fileText(trustPolicy);

function sessionSeconds({ maxSessionSeconds = String(HOUR) }: Given): number {
  const seconds = Number(maxSessionSeconds);
  if (!Number.isInteger(seconds) || seconds < HOUR || seconds > 12 * HOUR)
    throw new CredentialsError("--max-session-seconds is a whole number from 3600 to 43200");
  return seconds;
}

/** In the form that a shell can read: the secret is shown here and never again. */
const shown = ({ accessKeyId, secretAccessKey }: NewAccessKey): string =>
  `AWS_ACCESS_KEY_ID=${accessKeyId}\nAWS_SECRET_ACCESS_KEY=${secretAccessKey}\n`;

const create: Act = async (services, given, accountId, recorded) => {
  const principal = who(given, accountId);
  const isRole = principal.kind === "role";
  const settings = {
    ...principal,
    policies: policiesOf(given.policy),
    trustPolicy: trustOf(given),
    maxSessionSeconds: sessionSeconds(given),
  };
  if (isRole !== (settings.trustPolicy !== null))
    throw new CredentialsError("a role, and nothing else, needs --trust-policy FILE: who may take it on");
  if (principal.kind === "root" && settings.policies.length > 0)
    throw new CredentialsError("the account itself may do everything; give policies to users and roles");
  const { kind, name } = principal;
  const policies = policiesChanged(principal, [], settings.policies);
  if (isRole) {
    await createRole(await recorded(principalMade(principal), ...policies), settings);
    return `arn:aws:iam::${accountId}:role/${name}\n`;
  }
  const isNew = kind === "user" && !(await services.store.principals.byName(accountId, kind, name));
  const events = [...(isNew ? [principalMade(principal)] : []), ...policies, accessKeyMade(principal)];
  return shown(await createAccessKey(await recorded(...events), settings));
};

const list: Act = async (services) => {
  const principals = await listPrincipals(services);
  const lines = principals.flatMap(({ principal, accessKeys }) => {
    const { accountId, kind, name, policies } = principal;
    const arn = `arn:aws:iam::${accountId}:${kind === "root" ? "root" : `${kind}/${name}`}`;
    const granted =
      kind === "root" ? "everything" : policies.map((policy) => policy.name).join(",") || "nothing";
    const rows = accessKeys.map(({ id, createdAt }) => [id, new Date(createdAt).toISOString()]);
    return (rows.length > 0 ? rows : [["-", "-"]]).map((row) => [arn, granted, ...row].join("\t"));
  });
  return `${["PRINCIPAL\tPOLICIES\tACCESS KEY\tCREATED", ...lines].join("\n")}\n`;
};

const ownerOf = async ({ store }: Services, accessKeyId: string) =>
  (await store.principals.byAccessKey(accessKeyId))?.principal ?? null;

const rotate: Act = async (services, { accessKeyId = "" }, _accountId, recorded) => {
  const owner = await ownerOf(services, accessKeyId);
  const events = owner ? [accessKeyDeleted(accessKeyId, owner), accessKeyMade(owner)] : [];
  return shown(await rotateAccessKey(await recorded(...events), accessKeyId));
};

const remove: Act = async (services, given, accountId, recorded) => {
  const { accessKeyId } = given;
  if (accessKeyId !== undefined)
    await deleteAccessKey(
      await recorded(accessKeyDeleted(accessKeyId, await ownerOf(services, accessKeyId))),
      accessKeyId,
    );
  else {
    const principal = who(given, accountId);
    if (principal.kind === "root")
      throw new CredentialsError("delete the account's access keys by --access-key-id");
    await deletePrincipal(await recorded(principalDeleted(principal)), principal);
  }
  return "";
};

const policy: Act = async (services, given, accountId, recorded) => {
  const principal = who(given, accountId);
  if (principal.kind === "root")
    throw new CredentialsError("the account itself may do everything; give policies to users and roles");
  const trustPolicy = trustOf(given);
  if (trustPolicy !== null && principal.kind !== "role")
    throw new CredentialsError("only a role has a --trust-policy");
  const policies = given.policy && policiesOf(given.policy);
  const before = (await services.store.principals.byName(accountId, principal.kind, principal.name))
    ?.policies;
  const events = [
    ...(policies ? policiesChanged(principal, before ?? [], policies) : []),
    ...(trustPolicy === null ? [] : [trustChanged(principal, trustPolicy)]),
  ];
  await changePolicies(await recorded(...events), principal, {
    ...(policies ? { policies } : {}),
    ...(trustPolicy === null ? {} : { trustPolicy }),
  });
  return "";
};

/** Opens the database as `start` does, acts, and prints what comes out. @returns the exit status */
async function run(act: Act, given: Given): Promise<number> {
  const { account: accountId, dataDir, databaseUrl, config: file } = given;
  const flags = Object.entries({ accountId, dataDir, databaseUrl, config: file }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  try {
    const config = await configFrom(Object.fromEntries(flags));
    const { services } = await openKeeping(config, { logger: systemLogger("error") });
    const { store, logger, identifiers, keyEncryptionKey } = services;
    const recorder = new AuditRecorder(services);
    const checkpointKey = new CheckpointKey(keyEncryptionKey.server.seed("audit-checkpoint"));
    const sealer = new AuditSealer({ store, clock: systemClock, logger, checkpointKey }, recorder);
    const recorded: Recorded = async (...events) => {
      // So that a server seals the records if this process is killed before it does.
      await store.audit.openChain(recorder.node, systemClock.now());
      const { accountId, region } = config;
      const change = { accountId, region, by: `cognate credentials (${operatingUser()})` };
      return { ...services, store: recordingCredentials(recorder, identifiers, store, change, events) };
    };
    try {
      process.stdout.write(await act(services, given, config.accountId, recorded));
    } finally {
      await sealer.stop();
      await services.store.close();
    }
    return 0;
  } catch (fault) {
    process.stderr.write(`cognate: ${explain(fault)}\n`);
    return fault instanceof ConfigError || fault instanceof CredentialsError ? 2 : 1;
  }
}

const explain = (fault: unknown): string =>
  fault instanceof ServiceError
    ? `${fault.code}: ${fault.message}`
    : fault instanceof Error
      ? fault.message
      : String(fault);

const collect = (value: string, previous: string[] = []): string[] => [...previous, value];

/** `cognate credentials …`: works on the database itself, as whoever can read its key may. */
export function addCredentials(program: Command, ended: (status: number) => void): void {
  const group = program.command("credentials").description("access keys, users, roles and their policies");
  const command = (name: string, description: string, act: Act): Command =>
    group
      .command(name)
      .description(description)
      .option("--data-dir <directory>", "embedded database and key file (default .cognate)")
      .option("--database-url <url>", "postgres://… instead of the embedded database")
      .option("--config <file>", "TOML file with any of the settings")
      .option("--account <id>", "12 digits (default: setting accountId)")
      .action(async (given: Given) => ended(await run(act, given)));
  const named = (given: Command): Command =>
    given.option("--user <name>", "a user").option("--role <name>", "a role");
  const withPolicies = (given: Command): Command =>
    given
      .option("--policy <file>", "a policy in AWS's JSON; may be given several times", collect)
      .option("--trust-policy <file>", "who may take the role on");
  withPolicies(
    named(command("create", "make an access key for a user, who is made if need be; or a role", create)),
  )
    .option("--root", "an access key of the account itself, which may do everything")
    .option(
      "--max-session-seconds <seconds>",
      "the longest that credentials of the role last (default 3600)",
    );
  command("list", "principals with their access keys, without the secrets", list);
  command(
    "rotate",
    "put a new access key in the place of one, which stops working at once",
    rotate,
  ).requiredOption("--access-key-id <id>", "the access key to replace");
  named(command("delete", "delete an access key, a user with all of them, or a role", remove)).option(
    "--access-key-id <id>",
    "the access key to delete",
  );
  withPolicies(named(command("policy", "put policies in the place of those of a user or role", policy)));
}
