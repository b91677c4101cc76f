import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Config, ConfigError, isLoopbackHost } from "./config/config.ts";
import { childEnvironment } from "./config/environment.ts";
import { loadKeyEncryptionKey, previousKeys } from "./config/key-file.ts";
import { CheckpointKey } from "./crypto/checkpoint-key.ts";
import { KeyEncryptionKey, SealBroken } from "./crypto/encryption-at-rest.ts";
import { AuditRecorder, AuditSealer, accessKeyMade, recordingCredentials } from "./domain/audit/index.ts";
import { Authority, firstRootKey, localUser, type NewAccessKey, ROOT_NAME } from "./domain/iam/index.ts";
import { isRequestCategory, REQUEST_CATEGORIES } from "./domain/provisioned-limits/index.ts";
import { RateLimiter } from "./domain/rate-limits/index.ts";
import { loadServerKey, rewrapKeys } from "./domain/server-keys/index.ts";
import type { Services } from "./domain/services.ts";
import type { Store, StoreSnapshots } from "./domain/store.ts";
import { rotateOldSigningKeys, TokenKeys } from "./domain/tokens/index.ts";
import { HashingSlots } from "./domain/users/index.ts";
import type { Pipeline } from "./http/aws-json/pipeline.ts";
import { dispatchService, type ServicePipeline } from "./http/aws-json/service-pipeline.ts";
import { dispatchQuery, type QueryPipeline } from "./http/aws-query/pipeline.ts";
import { provenCallers, tracedCallers, trustedCallers } from "./http/callers.ts";
import { developmentKit } from "./http/dev/dev-kit.ts";
import { listen } from "./http/listener.ts";
import { listenForMetrics } from "./http/metrics-listener.ts";
import { jwks, openidConfiguration } from "./http/oidc/discovery.ts";
import { answer, DEFAULT_BODY_LIMITS, type RouteHandlers, type Router } from "./http/router.ts";
import { trustedProxies } from "./http/source-address.ts";
import { answerUpload } from "./http/user-imports/upload.ts";
import type { AwsSigner } from "./integrations/aws-call.ts";
import { knownPasswords } from "./integrations/compromised-passwords/known-passwords.ts";
import { importLogFiles } from "./integrations/import-log-files.ts";
import { MappedLogDelivery } from "./integrations/log-delivery.ts";
import { OutboxSender, type OutboxTransports } from "./integrations/outbox-sender.ts";
import type { TracedParts } from "./integrations/tracing/traced-parts.ts";
import type { Transport } from "./integrations/transport.ts";
import { codeEncryption } from "./integrations/triggers/code-encryption.ts";
import { mappedFunctions } from "./integrations/triggers/mapped-functions.ts";
import { UserImportRunner } from "./integrations/user-import-runner.ts";
import { handlers } from "./operations/registry.ts";
import { BackgroundWork } from "./runtime/background-work.ts";
import { AdjustableClock, DAY, HOUR, MINUTE, monotonicMs, systemClock } from "./runtime/clock.ts";
import { Identifiers } from "./runtime/identifiers.ts";
import { describeFault, type Logger } from "./runtime/logger.ts";
import { type Gauge, type Metrics, noMetrics } from "./runtime/metrics.ts";
import { systemRandom } from "./runtime/random.ts";
import { Turns } from "./runtime/turns.ts";
import type { StoreObserver } from "./storage/session.ts";

/** Proofs that may wait for one user on one node. */
const WAITING_PROOFS = 100;
/** Hashes that may wait beyond those that run, per core, and for how long about: what is admitted is answered within a second. */
const WAITING_HASHES_PER_CORE = 32;
const LONGEST_WAIT_TO_HASH_MS = 400;
const RETENTION_EVERY_MS = 5 * MINUTE;
const RETENTION_PAUSE_MS = 20;

/** A store with what only the embedded database can do for the development kit. */
export interface OpenedStore {
  readonly store: Store;
  readonly snapshots: StoreSnapshots | null;
}

export interface RunningServer {
  /** http://HOST:PORT with the port that was taken. */
  readonly url: string;
  /** Of GET /metrics; null when nothing counts. */
  readonly metricsPort: number | null;
  readonly services: Services;
  /** The access key of the account, when this start made it: it is nowhere else to be had. */
  readonly rootKey: NewAccessKey | null;
  /** Links and signs the audit records so far, which otherwise happens within a second and a minute. */
  sealAudit(): Promise<void>;
  /** Finishes what is in flight, sends no more mail, closes the database. */
  close(): Promise<void>;
}

/** What a test may put in place of the real thing. */
export interface ServerParts {
  readonly logger: Logger;
  readonly openStore?: (config: Config, logger: Logger, observer: StoreObserver) => Promise<OpenedStore>;
  readonly onUndeclaredError?: Pipeline["onUndeclaredError"];
}

async function openConfiguredStore(
  config: Config,
  logger: Logger,
  observer: StoreObserver,
): Promise<OpenedStore> {
  if (config.databaseUrl) {
    const { openPostgresStore } = await import("./storage/drivers/postgres.ts");
    const { databaseUrl: url, poolSize } = config;
    const store = await openPostgresStore({ url, poolSize, logger, observer });
    return { store, snapshots: null };
  }
  const { openSqliteStore } = await import("./storage/drivers/sqlite.ts");
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const store = await openSqliteStore({ path: join(config.dataDir, "cognate.sqlite"), logger, observer });
  return { store, snapshots: store.snapshots };
}

async function transports(config: Config, traced: TracedParts | null): Promise<OutboxTransports> {
  const smtp = config.smtp && (await import("./integrations/smtp.ts")).smtpTransport(config.smtp);
  const sms = config.sms && (await import("./integrations/sms-webhook.ts")).smsWebhook(config.sms);
  const seen = (transport: Transport | undefined, channel: string) =>
    transport && traced ? traced.transport(transport, channel) : (transport ?? null);
  const afterwards = config.mode === "development" ? ("keep" as const) : ("delete" as const);
  return { EMAIL: seen(smtp, "EMAIL"), SMS: seen(sms, "SMS"), afterwards };
}

/** Null, and nothing loaded, unless traces are configured. */
async function openTracing(config: Config, logger: Logger): Promise<TracedParts | null> {
  if (!config.tracing) return null;
  const { tracedParts } = await import("./integrations/tracing/traced-parts.ts");
  const instanceId = new Identifiers(systemClock, systemRandom).uuid();
  return tracedParts(config.tracing, {
    logger,
    instanceId,
    database: config.databaseUrl ? "postgresql" : "sqlite",
  });
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
async function adoptKeys(store: Store, keyEncryptionKey: KeyEncryptionKey): Promise<void> {
  const pool = await store.userPools.any();
  try {
    if (pool) keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey);
    keyEncryptionKey.useServerKey(await loadServerKey({ store, keyEncryptionKey }));
  } catch (fault) {
    if (!(fault instanceof SealBroken)) throw fault;
    throw new ConfigError(
      "the key-encryption key is not the one this database was made with; give the right key or key file",
    );
  }
}

/** @throws ConfigError */
const openKnownPasswords = ({ compromisedPasswordsFile: path }: Config, logger: Logger) =>
  knownPasswords(path, logger).catch((fault: unknown) => {
    throw new ConfigError(
      `compromisedPasswordsFile: ${path}: ${fault instanceof Error ? fault.message : "cannot be read"}`,
    );
  });

const hashingGauges = (hashing: HashingSlots): Gauge[] => [
  { name: "cognate_hashing_running", help: "Password hashes under way", value: () => hashing.running },
  {
    name: "cognate_hashing_waiting",
    help: "Password hashes that wait for a core",
    value: () => hashing.waiting,
  },
];

const urlHost = (host: string): string => (host.includes(":") ? `[${host.replace(/[[\]]/g, "")}]` : host);

/**
 * What a running server does beside its requests: it removes expired rows, brings what an earlier key-encryption key wrapped under the
 * present one, and gives pools whose signing keys are old new ones. A failure is logged and tried again.
 */
function startUpkeep(services: Services, { previousKeyFiles, signingKeyDays }: Config): BackgroundWork[] {
  const { store, clock, logger } = services;
  const upkeep = (everyMs: number, work: (isStopped: () => boolean) => Promise<unknown>, fault: string) =>
    new BackgroundWork({
      everyMs,
      work: async (isStopped) => void (await work(isStopped)),
      onFault: (error) => logger.error(fault, { error: describeFault(error) }),
    });
  const rewrap = async () => {
    const count = await rewrapKeys(services);
    logger.info(
      "All keys are under the present key-encryption key; the previous ones are of no use any more",
      { count },
    );
  };
  const sweep = async (isStopped: () => boolean) => {
    const now = clock.now();
    // A pause after each batch: who signs in meanwhile comes first.
    while (!isStopped() && (await store.removeExpired(now)) > 0) await sleep(RETENTION_PAUSE_MS);
  };
  const works = [upkeep(RETENTION_EVERY_MS, sweep, "Expired rows could not be removed")];
  if (previousKeyFiles.length > 0) works.push(upkeep(HOUR, rewrap, "Keys could not be wrapped anew"));
  if (signingKeyDays > 0)
    works.push(
      upkeep(
        HOUR,
        () => rotateOldSigningKeys(services, signingKeyDays * DAY),
        "Signing keys could not be replaced",
      ),
    );
  for (const work of works) work.start();
  return works;
}

/** The database, and what is needed to work on it without serving it. */
export interface Keeping {
  readonly services: Pick<
    Services,
    "store" | "clock" | "random" | "identifiers" | "keyEncryptionKey" | "logger"
  >;
  /** Null for a database that is not embedded. */
  readonly snapshots: StoreSnapshots | null;
  readonly clock: AdjustableClock;
}

/**
 * Opens the configured database under the configured key.
 * @throws ConfigError when the key is not the database's
 */
export async function openKeeping(
  config: Config,
  parts: ServerParts,
  observer: StoreObserver = noMetrics,
): Promise<Keeping> {
  const { logger, openStore = openConfiguredStore } = parts;
  const clock = new AdjustableClock(systemClock);
  const random = systemRandom;
  const key = loadKeyEncryptionKey(config, random);
  const keyEncryptionKey = new KeyEncryptionKey(key, random, previousKeys(config));
  const { store, snapshots } = await openStore(config, logger, observer);
  await adoptKeys(store, keyEncryptionKey).catch(async (fault: unknown) => {
    await store.close();
    throw fault;
  });
  const identifiers = new Identifiers(clock, random);
  return { services: { store, clock, random, identifiers, keyEncryptionKey, logger }, snapshots, clock };
}

/** Who may call in the configured mode, and the services beside the user-pool API, which ask the same. */
function callersOf(
  config: Config,
  services: Services,
  {
    boundToLoopback,
    audit,
    limits,
    traced,
  }: {
    readonly boundToLoopback: boolean;
    readonly audit: AuditRecorder;
    readonly limits: RateLimiter | null;
    readonly traced: TracedParts | null;
  },
) {
  const { region, accountId } = config;
  const { store, clock, keyEncryptionKey, logger } = services;
  const inDevelopment = config.mode === "development";
  const authority = new Authority({
    store,
    keyEncryptionKey,
    clock,
    signatureClock: systemClock,
    ...(inDevelopment ? { fixedAccessKey: localUser(accountId) } : {}),
  });
  const secureTransport = config.tls !== undefined || (config.publicUrl?.startsWith("https:") ?? false);
  const known =
    inDevelopment && !config.verifySignatures
      ? trustedCallers({ authority, region, accountId, boundToLoopback })
      : provenCallers({
          authority,
          store,
          clock,
          region,
          accountId,
          secureTransport,
          development: inDevelopment ? { boundToLoopback } : null,
        });
  const callers = traced ? tracedCallers(known, traced.tracing) : known;
  const securityTokens: QueryPipeline = {
    authority,
    clock,
    secureTransport,
    prove: (request) => callers.prove(request, "sts"),
    services,
    logger,
    audit,
    limits,
  };
  const { prove, authenticator } = callers;
  const otherServices: ServicePipeline = { clock, secureTransport, prove, services, logger, audit };
  return { authenticator, securityTokens, otherServices };
}

/** The root access key of a new database, and a record of it in the same transaction; null in any other. */
function recordedRootKey(
  { accountId, region }: Config,
  services: Services,
  audit: AuditRecorder,
): Promise<NewAccessKey | null> {
  const change = { accountId, region, by: "cognate start" };
  const events = [accessKeyMade({ kind: "root", name: ROOT_NAME })];
  const store = recordingCredentials(audit, services.identifiers, services.store, change, events);
  return firstRootKey({ ...services, store }, accountId);
}

/** Null where limits are off, as in development mode unless told otherwise. @throws ConfigError */
function rateLimits(
  { mode, limits, region, accountId }: Config,
  { store, logger, identifiers }: Services,
  metrics: Metrics,
  shared: boolean,
): RateLimiter | null {
  for (const name of Object.keys(limits.categories))
    if (!isRequestCategory(name))
      throw new ConfigError(
        `limits.categories: ${name} is none of ${Object.keys(REQUEST_CATEGORIES).join(", ")}`,
      );
  if (!(limits.enabled ?? mode === "production")) return null;
  return new RateLimiter({
    store,
    logger,
    metrics,
    nowMs: monotonicMs,
    nodeId: identifiers.uuid(),
    shared,
    owner: { region, accountId },
    settings: limits,
  });
}

/** Puts the parts together and listens. The only file that knows every part. */
export async function startServer(config: Config, parts: ServerParts): Promise<RunningServer> {
  const cores = availableParallelism();
  const traced = await openTracing(config, parts.logger);
  const bounds = [cores, cores * WAITING_HASHES_PER_CORE, LONGEST_WAIT_TO_HASH_MS] as const;
  const hashing = traced?.hashing(...bounds) ?? new HashingSlots(...bounds);
  const counted = config.metrics
    ? (await import("./integrations/prometheus.ts")).prometheus(hashingGauges(hashing))
    : null;
  const metrics = counted?.metrics ?? noMetrics;
  const compromisedPasswords = await openKnownPasswords(config, parts.logger);
  const { services: opened, snapshots, clock } = await openKeeping(config, parts, metrics);
  const kept = traced ? { ...opened, store: traced.store(opened.store) } : opened;
  const { store, identifiers, keyEncryptionKey, logger } = kept;
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
  const logDelivery = new MappedLogDelivery(store, logger, config.logDestinations);
  const services: Services = {
    ...kept,
    tokenKeys: new TokenKeys(store, keyEncryptionKey, clock),
    hashing,
    proofTurns: new Turns(WAITING_PROOFS),
    issuer: (pool) =>
      config.issuer === "aws"
        ? `https://${pool.settings.IssuerConfiguration?.Type === "UPDATED" ? "issuer-" : ""}cognito-idp.${pool.region}.amazonaws.com/${pool.id}`
        : `${base.url}/${pool.id}`,
    publicUrl: () => base.url,
    profileOf: ({ id }) => (config.pools[id] ?? config.pools["*"])?.profile ?? "standard",
    defaultPasswordStorage: config.passwordStorage,
    quotas: config.quotas,
    defaultRates: config.limits.categories,
    triggers: traced?.functions(functions) ?? functions,
    codeEncryption: codeEncryption(config.encryptionKeys, signer, systemRandom),
    compromisedPasswords,
    logDelivery,
    wakeOutbox: () => apart(() => sender.wake()),
    wakeUserImports: () => apart(() => imports.wake()),
  };
  const apart = (begin: () => void) => (traced ? traced.tracing.apart(begin) : begin());
  const audit = new AuditRecorder(services);
  const checkpointKey = new CheckpointKey(keyEncryptionKey.server.seed("audit-checkpoint"));
  const sealer = new AuditSealer({ store, clock: systemClock, logger, checkpointKey }, audit);
  const sender = new OutboxSender(services, await transports(config, traced), metrics);
  const importLog = importLogFiles(config.importLogDir ?? join(config.dataDir, "import-logs"));
  const imports = new UserImportRunner(services, importLog);
  const boundToLoopback = isLoopbackHost(config.host);
  const limits = rateLimits(config, services, metrics, snapshots === null);
  const { authenticator, securityTokens, otherServices } = callersOf(config, services, {
    boundToLoopback,
    audit,
    limits,
    traced,
  });
  const pipeline: Pipeline = {
    handlers,
    authenticator,
    services,
    logger,
    metrics,
    audit,
    limits,
    ...(parts.onUndeclaredError ? { onUndeclaredError: parts.onUndeclaredError } : {}),
  };
  const routes: RouteHandlers = {
    ready: () => store.ready(),
    jwks: (userPoolId) => jwks(services, userPoolId),
    openidConfiguration: (userPoolId) => openidConfiguration(services, base.url, userPoolId),
    userImportFile: (request) => answerUpload(services, request),
    logo: async (userPoolId, clientId, digest) => {
      const pool = await store.userPools.find(userPoolId);
      const image = pool && (await store.uiCustomizations.image(pool.key, clientId));
      return image?.digest === digest ? image : null;
    },
    securityTokens: (request) => dispatchQuery(securityTokens, request),
    otherService: (operation, request) => {
      traced?.tracing.note({ operation: operation.name });
      return dispatchService(otherServices, operation, request);
    },
    dev: config.mode === "development" && snapshots ? developmentKit({ services, clock, snapshots }) : null,
  };
  const router: Router = {
    pipeline,
    handlers: routes,
    boundToLoopback,
    limits: DEFAULT_BODY_LIMITS,
  };
  const common = { logger, clock: systemClock, identifiers };
  const release = async (fault: unknown) => {
    await limits?.stop();
    functions.close();
    await store.close();
    await traced?.tracing.close();
    throw fault;
  };
  const proxies = trustedProxies(config.trustedProxies);
  await limits?.start();
  const listener = await listen({
    ...common,
    host: config.host,
    port: config.port,
    tls: config.tls ?? null,
    metrics,
    tracing: traced?.tracing,
    trustedProxies: proxies,
    connectionsPerAddress: config.limits.connectionsPerAddress,
    answer: (request) => answer(router, request),
  }).catch(release);
  const metricsListener =
    config.metrics && counted
      ? await listenForMetrics({ ...common, ...config.metrics, source: counted }).catch(async (fault) => {
          await listener.close();
          return release(fault);
        })
      : null;
  // Once nothing can stop the start any more: a key that is made must be shown.
  const rootKey = config.mode === "production" ? await recordedRootKey(config, services, audit) : null;
  const scheme = config.tls ? "https" : "http";
  const url = `${scheme}://${urlHost(config.host)}:${listener.port}`;
  base.url ||= url;
  sender.start();
  imports.start();
  sealer.start();
  const upkeep = startUpkeep(services, config);
  return {
    url,
    metricsPort: metricsListener?.port ?? null,
    services,
    rootKey,
    sealAudit: () => sealer.flush(),
    async close() {
      await listener.close();
      await limits?.stop();
      await metricsListener?.close();
      await Promise.all(upkeep.map((work) => work.stop()));
      await sender.stop();
      await logDelivery.stop();
      await imports.stop();
      await sealer.stop();
      functions.close();
      await store.close();
      await compromisedPasswords.close();
      await traced?.tracing.close();
    },
  };
}
