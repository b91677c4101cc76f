import { userInfo } from "node:os";
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
  allPrincipals,
  arnOf,
  CredentialsError,
  changePolicies,
  createAccessKey,
  createPrincipal,
  deleteAccessKey,
  deletePrincipal,
  rotateAccessKey,
} from "../../domain/iam/index.ts";
import { systemClock } from "../../runtime/clock.ts";
import { systemLogger } from "../../runtime/system-logger.ts";
import { type Keeping, openKeeping } from "../../server.ts";
import { StorageError } from "../../storage/errors.ts";
import { configFrom } from "../settings.ts";
import { type Given, policyChange, shown, table, toCreate, toDelete } from "./credential-options.ts";
import type { RemoteCommand } from "./credentials-of-server.ts";

function operatingUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user of a container may have a number and no name.
    return String(process.getuid?.() ?? "unknown");
  }
}

type Services = Keeping["services"];
/** The services, whose next transaction carries a record of each event. */
type Recorded = (...events: readonly CredentialEvent[]) => Promise<Services>;
type Act = (services: Services, given: Given, accountId: string, recorded: Recorded) => Promise<string>;

const create: Act = async (services, given, accountId, recorded) => {
  const settings = { accountId, ...toCreate(given) };
  const { kind, name } = settings;
  const policies = policiesChanged(settings, [], settings.policies);
  if (kind === "role")
    return `${arnOf(await createPrincipal(await recorded(principalMade(settings), ...policies), settings))}\n`;
  const isNew = kind === "user" && !(await services.store.principals.byName(accountId, kind, name));
  const events = [...(isNew ? [principalMade(settings)] : []), ...policies, accessKeyMade(settings)];
  return shown(await createAccessKey(await recorded(...events), settings));
};

const list: Act = async (services) =>
  table(
    (await allPrincipals(services)).map(({ principal, accessKeys }) => ({
      arn: arnOf(principal),
      policyNames: principal.policies.map(({ name }) => name),
      accessKeys,
    })),
  );

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
    const principal = { accountId, ...toDelete(given) };
    await deletePrincipal(await recorded(principalDeleted(principal)), principal);
  }
  return "";
};

const policy: Act = async (services, given, accountId, recorded) => {
  const { kind, name, policies, trustPolicy } = policyChange(given);
  const principal = { accountId, kind, name };
  const before = (await services.store.principals.byName(accountId, kind, name))?.policies;
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

const COMMANDS: Readonly<Record<RemoteCommand, Act>> = { create, list, rotate, delete: remove, policy };

/** Opens the database as `start` does, acts, and prints what comes out. @returns the exit status */
export async function runOnDatabase(name: RemoteCommand, given: Given): Promise<number> {
  const { account, dataDir, databaseUrl, config: file } = given;
  const flags = Object.entries({ accountId: account, dataDir, databaseUrl, config: file }).flatMap(
    ([name, value]) => (value === undefined ? [] : [[name, value] as const]),
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
      process.stdout.write(await COMMANDS[name](services, given, config.accountId, recorded));
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

function explain(fault: unknown): string {
  if (fault instanceof ServiceError) return `${fault.code}: ${fault.message}`;
  if (fault instanceof StorageError && fault.fault === "in-use")
    return `${fault.message} To have the running server do it, give --endpoint-url.`;
  return fault instanceof Error ? fault.message : String(fault);
}
