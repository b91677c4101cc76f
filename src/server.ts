import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Config, ConfigError, isLoopbackHost } from "./config/config.ts";
import { childEnvironment } from "./config/environment.ts";
import { loadKeyEncryptionKey } from "./config/key-file.ts";
import { KeyEncryptionKey, SealBroken } from "./crypto/encryption-at-rest.ts";
import type { Services } from "./domain/services.ts";
import type { Store, StoreSnapshots } from "./domain/store.ts";
import { TokenKeys } from "./domain/tokens/index.ts";
import { HashingSlots } from "./domain/users/index.ts";
import { developmentAuthenticator } from "./http/aws-json/authenticate.ts";
import type { Pipeline } from "./http/aws-json/pipeline.ts";
import { developmentKit } from "./http/dev/dev-kit.ts";
import { listen } from "./http/listener.ts";
import { jwks, openidConfiguration } from "./http/oidc/discovery.ts";
import { answer, DEFAULT_BODY_LIMITS, type RouteHandlers, type Router } from "./http/router.ts";
import type { AwsSigner } from "./integrations/aws-call.ts";
import { OutboxSender } from "./integrations/outbox-sender.ts";
import { codeEncryption } from "./integrations/triggers/code-encryption.ts";
import { mappedFunctions } from "./integrations/triggers/mapped-functions.ts";
import { handlers } from "./operations/registry.ts";
import { AdjustableClock, MINUTE, systemClock } from "./runtime/clock.ts";
import { Identifiers } from "./runtime/identifiers.ts";
import { describeFault, type Logger } from "./runtime/logger.ts";
import { systemRandom } from "./runtime/random.ts";
import { Turns } from "./runtime/turns.ts";

/** Proofs that may wait for one user on one node. */
const WAITING_PROOFS = 100;
/** Hashes that may wait beyond those that run, per core. */
const WAITING_HASHES_PER_CORE = 32;
const RETENTION_EVERY_MS = 5 * MINUTE;

/** A store with what only the embedded database can do for the development kit. */
export interface OpenedStore {
  readonly store: Store;
  readonly snapshots: StoreSnapshots | null;
}

export interface RunningServer {
  /** http://HOST:PORT with the port that was taken. */
  readonly url: string;
  readonly services: Services;
  /** Finishes what is in flight, sends no more mail, closes the database. */
  close(): Promise<void>;
}

/** What a test may put in place of the real thing. */
export interface ServerParts {
  readonly logger: Logger;
  readonly openStore?: (config: Config, logger: Logger) => Promise<OpenedStore>;
  readonly onUndeclaredError?: Pipeline["onUndeclaredError"];
}

async function openConfiguredStore(config: Config, logger: Logger): Promise<OpenedStore> {
  if (config.databaseUrl) {
    const { openPostgresStore } = await import("./storage/drivers/postgres.ts");
    const store = await openPostgresStore({ url: config.databaseUrl, poolSize: config.poolSize, logger });
    return { store, snapshots: null };
  }
  const { openSqliteStore } = await import("./storage/drivers/sqlite.ts");
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const store = await openSqliteStore({ path: join(config.dataDir, "cognate.sqlite"), logger });
  return { store, snapshots: store.snapshots };
}

async function transports(config: Config) {
  const smtp = config.smtp && (await import("./integrations/smtp.ts")).smtpTransport(config.smtp);
  const sms = config.sms && (await import("./integrations/sms-webhook.ts")).smsWebhook(config.sms);
  const afterwards = config.mode === "development" ? ("keep" as const) : ("delete" as const);
  return { EMAIL: smtp ?? null, SMS: sms ?? null, afterwards };
}

function awsSigner({ awsAccessKeyId, awsSecretAccessKey, awsSessionToken }: Config): AwsSigner {
  const credentials =
    awsAccessKeyId && awsSecretAccessKey
      ? { accessKeyId: awsAccessKeyId, secretAccessKey: awsSecretAccessKey, sessionToken: awsSessionToken }
      : null;
  // Other services live by the system's time, not by one that a developer may move.
  return { credentials, clock: systemClock };
}

/** A database opened with another key would fail at every password: better not to start. @throws ConfigError */
async function requireMatchingKey(store: Store, keyEncryptionKey: KeyEncryptionKey): Promise<void> {
  const pool = await store.userPools.any();
  if (!pool) return;
  try {
    keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey);
  } catch (fault) {
    if (!(fault instanceof SealBroken)) throw fault;
    throw new ConfigError(
      "the key-encryption key is not the one this database was made with; give the right key or key file",
    );
  }
}

const urlHost = (host: string): string => (host.includes(":") ? `[${host.replace(/[[\]]/g, "")}]` : host);

/** Removes expired rows now and then until stopped; a failure is logged and tried again. */
function startRetention({ store, clock, logger }: Services): () => void {
  const sweep = () =>
    store
      .removeExpired(clock.now())
      .catch((fault) => logger.error("Expired rows could not be removed", { error: describeFault(fault) }));
  const timer = setInterval(sweep, RETENTION_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** Puts the parts together and listens. The only file that knows every part. */
export async function startServer(config: Config, parts: ServerParts): Promise<RunningServer> {
  const { logger, openStore = openConfiguredStore } = parts;
  const clock = new AdjustableClock(systemClock);
  const keyEncryptionKey = new KeyEncryptionKey(loadKeyEncryptionKey(config, systemRandom), systemRandom);
  const { store, snapshots } = await openStore(config, logger);
  await requireMatchingKey(store, keyEncryptionKey).catch(async (fault: unknown) => {
    await store.close();
    throw fault;
  });
  const identifiers = new Identifiers(clock, systemRandom);
  // Known once the port is: a port of 0 is the system's choice.
  const base = { url: config.publicUrl ?? "" };
  const signer = awsSigner(config);
  const functions = mappedFunctions(config.triggers, {
    signer,
    clock: systemClock,
    identifiers,
    logger,
    timeoutMs: config.triggerTimeoutMs,
    environment: childEnvironment(),
    reload: config.mode === "development",
  });
  const cores = availableParallelism();
  const services: Services = {
    store,
    clock,
    random: systemRandom,
    identifiers,
    logger,
    keyEncryptionKey,
    tokenKeys: new TokenKeys(store, keyEncryptionKey, clock),
    hashing: new HashingSlots(cores, cores * WAITING_HASHES_PER_CORE),
    proofTurns: new Turns(WAITING_PROOFS),
    issuer: (pool) =>
      config.issuer === "aws"
        ? `https://cognito-idp.${pool.region}.amazonaws.com/${pool.id}`
        : `${base.url}/${pool.id}`,
    defaultPasswordStorage: config.passwordStorage,
    triggers: functions,
    codeEncryption: codeEncryption(config.encryptionKeys, signer, systemRandom),
    wakeOutbox: () => sender.wake(),
  };
  const sender = new OutboxSender(services, await transports(config));
  const boundToLoopback = isLoopbackHost(config.host);
  const pipeline: Pipeline = {
    handlers,
    authenticator: developmentAuthenticator({
      region: config.region,
      accountId: config.accountId,
      boundToLoopback,
    }),
    services,
    logger,
    ...(parts.onUndeclaredError ? { onUndeclaredError: parts.onUndeclaredError } : {}),
  };
  const routes: RouteHandlers = {
    ready: () => store.ready(),
    jwks: (userPoolId) => jwks(services, userPoolId),
    openidConfiguration: (userPoolId) => openidConfiguration(services, base.url, userPoolId),
    dev: config.mode === "development" && snapshots ? developmentKit({ services, clock, snapshots }) : null,
  };
  const router: Router = { pipeline, handlers: routes, boundToLoopback, limits: DEFAULT_BODY_LIMITS };
  const listener = await listen({
    host: config.host,
    port: config.port,
    answer: (request) => answer(router, request),
    logger,
    clock: systemClock,
    identifiers,
  }).catch(async (fault: unknown) => {
    functions.close();
    await store.close();
    throw fault;
  });
  const url = `http://${urlHost(config.host)}:${listener.port}`;
  base.url ||= url;
  sender.start();
  const stopRetention = startRetention(services);
  return {
    url,
    services,
    async close() {
      await listener.close();
      stopRetention();
      await sender.stop();
      functions.close();
      await store.close();
    },
  };
}
