import { z } from "zod";
import { ConfigError } from "./config-error.ts";

/** The URL of something outside: in the clear only within this machine. */
const outsideUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => url.startsWith("https:") || isLoopbackHost(new URL(url).hostname), {
    error: "must be https, or http to a loopback address",
  });

/** A function on this machine: a file, and the name of what it exports. */
const localFunction = z.strictObject({
  path: z.string().min(1),
  handler: z
    .string()
    .regex(/^[A-Za-z_$][\w$]*$/, "must be a name")
    .default("handler"),
});

/** What the ARN of a function stands for: exactly one of these. */
const triggerTarget = z
  .strictObject({
    /** Anything that speaks Lambda's Invoke: AWS itself, LocalStack, SAM, the runtime interface emulator. */
    lambda: z
      .strictObject({ endpoint: z.url({ protocol: /^https?$/ }), functionName: z.string().min(1).optional() })
      .optional(),
    /** POST of the event, signed with the secret. */
    webhook: z.strictObject({ url: outsideUrl, secret: z.string().min(16) }).optional(),
    /** JavaScript or TypeScript in a process of its own. */
    module: localFunction.optional(),
    /** Python in a process of its own. */
    python: localFunction.optional(),
  })
  .refine((target) => Object.values(target).filter(Boolean).length === 1, {
    error: "needs exactly one of lambda, webhook, module and python",
  });

/** What the ARN of a KMS key stands for: exactly one of these. */
const encryptionKey = z
  .strictObject({
    /** A raw AES keyring of the AWS Encryption SDK: 32 bytes in base64 that the function has too. */
    aes: z
      .strictObject({
        namespace: z.string().min(1),
        name: z.string().min(1),
        key: z.base64().refine((text) => Buffer.from(text, "base64").length === 32, "must hold 32 bytes"),
      })
      .optional(),
    /** Anything that speaks KMS's GenerateDataKey. */
    kms: z.strictObject({ endpoint: z.url({ protocol: /^https?$/ }) }).optional(),
  })
  .refine((key) => Object.values(key).filter(Boolean).length === 1, {
    error: "needs exactly one of aes and kms",
  });

const quota = (most: number) => z.coerce.number().int().min(1).default(most);

/** How many of each resource there may be: Cognito's default quotas. */
const quotas = z.strictObject({
  userPools: quota(1000),
  clientsPerPool: quota(1000),
  identityProvidersPerPool: quota(300),
  resourceServersPerPool: quota(25),
  groupsPerPool: quota(10_000),
  groupsPerUser: quota(100),
});

/** A setting that is on or off, as the file, a flag or a variable gives it. */
const flag = z.union([z.boolean(), z.stringbool({ truthy: ["true", "1"], falsy: ["false", "0"] })]);

const rate = (most: number) => z.coerce.number().int().min(1).max(1_000_000).default(most);

/** How fast requests may come; see docs/operations/limits.md. */
const limits = z.strictObject({
  /** On in production and off in development mode unless told otherwise. */
  enabled: flag.optional(),
  /** Requests per second by category, for all accounts that provisioned none: Cognito's defaults unless told otherwise. */
  categories: z.record(z.string().regex(/^(User|Client)[A-Za-z]+$/, "is no category"), rate(1)).default({}),
  /** Requests per second of one operation that configures one pool. */
  perPoolOperation: rate(5),
  userReads: rate(10),
  userWrites: rate(10),
  /** Unsigned requests per second that name one app client, and from one source address. */
  client: rate(300),
  address: rate(300),
  /** By one address; then sign-ins from there are refused for the rest of the minute. */
  failedSignInsPerMinute: rate(300),
  /** Connections of one address at a time, trusted proxies apart; 0: as many as it likes. */
  connectionsPerAddress: z.coerce.number().int().min(0).max(1_000_000).default(0),
});

/** Where the logs go that a pool sends to an ARN: exactly one of these. */
const logDestination = z
  .strictObject({
    /** Lines of JSON are added to its end. */
    file: z.strictObject({ path: z.string().min(1) }).optional(),
    /** POST of lines of JSON; the token is sent as a bearer token. */
    http: z.strictObject({ url: outsideUrl, token: z.string().min(1).optional() }).optional(),
    /** This server's own log. */
    serverLog: z.literal(true).optional(),
  })
  .refine((destination) => Object.values(destination).filter(Boolean).length === 1, {
    error: "needs exactly one of file, http and serverLog",
  });

/**
 * Every setting, its default and its unit. The configuration file (TOML) has these names; `environment.ts` and the command line
 * give some of them too. What is given later wins: file, environment, command line.
 */
const settings = z.strictObject({
  /**
   * `development`: loopback only, any credentials, an inbox instead of mail. `production`: signatures verified, policies enforced,
   * see docs/operations/credentials.md.
   */
  mode: z.enum(["development", "production"]).default("production"),
  /** Development mode with one pair of credentials, local and local, whose signature is verified. Production always verifies. */
  verifySignatures: flag.default(false),
  /** Production beyond this machine without TLS in front: signatures protect calls, but nothing hides passwords and tokens. */
  allowPlainHttp: flag.default(false),
  host: z.string().min(1).default("127.0.0.1"),
  /** 0 lets the system choose a free one. */
  port: z.coerce.number().int().min(0).max(65_535).default(9500),
  /** Embedded database, key file and snapshots live here; created with mode 0700. */
  dataDir: z.string().min(1).default(".cognate"),
  /** postgres://… for a shared database; otherwise the embedded one. */
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "must begin with postgres://")
    .optional(),
  /** How clients reach this server; the base of issuer and links. Without it http://HOST:PORT. */
  publicUrl: z
    .string()
    .regex(/^https?:\/\/[^\s?#]+$/, "must be an http or https URL without query")
    .transform((url) => url.replace(/\/+$/, ""))
    .optional(),
  /** `url`: tokens say <publicUrl>/<poolId>, which OIDC libraries can discover. `aws`: they say https://cognito-idp.<region>.amazonaws.com/<poolId>. */
  issuer: z.enum(["url", "aws"]).default("url"),
  /** The region of calls that do not name one. */
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must look like us-east-1")
    .default("us-east-1"),
  accountId: z
    .string()
    .regex(/^\d{12}$/, "must have 12 digits")
    .default("123456789012"),
  /** PEM files: the certificate with its chain, and its key. Renewed files are taken up without a restart. */
  tls: z.strictObject({ certificateFile: z.string().min(1), keyFile: z.string().min(1) }).optional(),
  /** Serves GET /metrics for Prometheus on an address of its own; 0 lets the system choose the port. */
  metrics: z
    .strictObject({
      host: z.string().min(1).default("127.0.0.1"),
      port: z.coerce.number().int().min(0).max(65_535).default(9501),
    })
    .optional(),
  /** Delivers traces by OTLP/HTTP; absent: none are made. The environment variables of OpenTelemetry give these too. */
  tracing: z
    .strictObject({
      /** Where traces are taken, path and all. */
      endpoint: z.url({ protocol: /^https?$/ }).default("http://127.0.0.1:4318/v1/traces"),
      /** The part of the traces begun here that is recorded. */
      sampleRatio: z.coerce.number().min(0).max(1).default(1),
      serviceName: z.string().min(1).default("cognate"),
    })
    .optional(),
  /** How new pools keep passwords unless a tag says otherwise. */
  passwordStorage: z.enum(["srp", "argon2id"]).default("srp"),
  /** 32 bytes in base64; otherwise keyFile. */
  key: z.string().optional(),
  /** File with 32 bytes in base64, mode 0600; default <dataDir>/cognate.key, made at the first start. */
  keyFile: z.string().optional(),
  /** The results of user imports, a file for each job; default <dataDir>/import-logs. Nodes with one database share it. */
  importLogDir: z.string().min(1).optional(),
  /** A program with its arguments that prints the key in base64, such as a call of a key service; in place of key and keyFile. */
  keyCommand: z.array(z.string()).min(1).optional(),
  /** Files of keys that the present one takes the place of: needed until the log says that none is under them any more. */
  previousKeyFiles: z.array(z.string().min(1)).default([]),
  /** Days after which a pool's signing keys are replaced; 0: never. */
  signingKeyDays: z.coerce.number().int().min(0).max(3650).default(0),
  logLevel: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  /** Connections to PostgreSQL. */
  poolSize: z.coerce.number().int().min(1).max(200).default(16),
  smtp: z
    .strictObject({
      /** smtp://user:password@host:port or smtps://… */
      url: z.string().regex(/^smtps?:\/\//, "must begin with smtp:// or smtps://"),
      from: z.string().min(3).default("no-reply@verificationemail.com"),
    })
    .optional(),
  sms: z
    .strictObject({
      /** Receives POST {to, body, kind, userPoolId} as JSON. */
      webhookUrl: z.url(),
      /** Sent as a bearer token. */
      token: z.string().optional(),
    })
    .optional(),
  /** By pool id, `*` for all others: `hardened` is stricter than Cognito where clients see it; see docs/operations/hardened-pools.md. */
  pools: z
    .record(
      z.string().regex(/^(\*|[\w-]+_[0-9a-zA-Z]+)$/, "is no pool id"),
      z.strictObject({ profile: z.enum(["standard", "hardened"]).default("standard") }),
    )
    .default({}),
  quotas: quotas.prefault({}),
  limits: limits.prefault({}),
  /** Proxies, as ranges of addresses: of a request that comes through them X-Forwarded-For and traceparent are believed. */
  trustedProxies: z.array(z.union([z.cidrv4(), z.cidrv6()])).default([]),
  /** Functions that pools may name, by ARN: no other is ever called. See docs/operations/triggers.md. */
  triggers: z.record(z.string().startsWith("arn:"), triggerTarget).default({}),
  /** Milliseconds that a function has to answer in one attempt. */
  triggerTimeoutMs: z.coerce.number().int().min(100).max(30_000).default(5000),
  /** Keys that custom senders get codes under, by ARN. */
  encryptionKeys: z.record(z.string().startsWith("arn:"), encryptionKey).default({}),
  /** SHA-1 digests of passwords that strangers know, sorted, one per line; beside the list that comes with the server. */
  compromisedPasswordsFile: z.string().min(1).optional(),
  /** Where pools' logs go, by the ARN that the pool names. See docs/operations/threat-protection.md. */
  logDestinations: z.record(z.string().startsWith("arn:"), logDestination).default({}),
  /** Sign calls of Lambda and KMS endpoints; without them the calls go unsigned. */
  awsAccessKeyId: z.string().optional(),
  awsSecretAccessKey: z.string().optional(),
  awsSessionToken: z.string().optional(),
});

export type Config = z.output<typeof settings>;
export type ConfigInput = z.input<typeof settings>;

export { ConfigError };

/** @throws ConfigError naming each wrong setting */
export function parseConfig(given: Record<string, unknown>): Config {
  const result = settings.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `${issue.path.join(".") || "configuration"}: ${issue.message}`,
  );
  throw new ConfigError(problems.join("; "));
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

export const isLoopbackHost = (host: string): boolean => LOOPBACK.test(host);

/**
 * What a mode forbids, before anything is opened.
 * @throws ConfigError
 */
export function requireStartable(config: Config): void {
  if (config.mode === "production") {
    requireTransportSecurity(config);
    return;
  }
  if (!isLoopbackHost(config.host))
    throw new ConfigError(
      `development mode accepts any credentials, so it listens on loopback only; ${config.host} is not a loopback address`,
    );
  if (config.databaseUrl)
    throw new ConfigError(
      "development mode accepts any credentials, so it does not open a PostgreSQL database; leave out --database-url (COGNATE_DATABASE_URL)",
    );
}

/** What leaves this machine is protected by TLS, the server's own or that of a proxy on this machine. @throws ConfigError */
function requireTransportSecurity({ allowPlainHttp, host, publicUrl, tls }: Config): void {
  if (allowPlainHttp) return;
  const remedy =
    "give it a certificate ([tls]), or let a proxy that speaks TLS listen there with this server on a loopback address and --public-url https://…, or accept the risk with --allow-plain-http";
  if (!tls && !isLoopbackHost(host))
    throw new ConfigError(`${host} is not a loopback address, and this server speaks plain HTTP: ${remedy}`);
  if (publicUrl?.startsWith("http:") && !isLoopbackHost(new URL(publicUrl).hostname))
    throw new ConfigError(`publicUrl: ${publicUrl} would carry passwords and tokens in the clear: ${remedy}`);
}
