import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The environment variables and the settings they give. The only reader of process.env. */
const VARIABLES = {
  COGNATE_HOST: "host",
  COGNATE_PORT: "port",
  COGNATE_DATA_DIR: "dataDir",
  COGNATE_DATABASE_URL: "databaseUrl",
  COGNATE_PUBLIC_URL: "publicUrl",
  COGNATE_ISSUER: "issuer",
  COGNATE_REGION: "region",
  COGNATE_ACCOUNT_ID: "accountId",
  COGNATE_PASSWORD_STORAGE: "passwordStorage",
  COGNATE_KEY: "key",
  COGNATE_KEY_FILE: "keyFile",
  COGNATE_IMPORT_LOG_DIR: "importLogDir",
  COGNATE_LOG_LEVEL: "logLevel",
  COGNATE_COMPROMISED_PASSWORDS_FILE: "compromisedPasswordsFile",
  COGNATE_POOL_SIZE: "poolSize",
  COGNATE_VERIFY_SIGNATURES: "verifySignatures",
  COGNATE_ALLOW_PLAIN_HTTP: "allowPlainHttp",
  AWS_ACCESS_KEY_ID: "awsAccessKeyId",
  AWS_SECRET_ACCESS_KEY: "awsSecretAccessKey",
  AWS_SESSION_TOKEN: "awsSessionToken",
} as const;

/** Settings from the environment; an empty variable counts as not set. */
export function environmentSettings(): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [variable, setting] of Object.entries(VARIABLES)) {
    const value = process.env[variable];
    if (value) given[setting] = value;
  }
  return given;
}

/**
 * What OpenTelemetry's own variables say of traces, as settings of `[tracing]`; `off` where they forbid them, null where they say
 * nothing. An endpoint of theirs switches traces on. Names and meanings: OpenTelemetry's specification of environment variables.
 */
export function tracingSettings(): Record<string, string> | "off" | null {
  const { env } = process;
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === "true" || env.OTEL_TRACES_EXPORTER === "none") return "off";
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/+$/, "");
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || (base && `${base}/v1/traces`);
  const sampleRatio = sampleRatioOf(env.OTEL_TRACES_SAMPLER, env.OTEL_TRACES_SAMPLER_ARG);
  const serviceName = env.OTEL_SERVICE_NAME;
  const given = Object.entries({ endpoint, sampleRatio, serviceName }).flatMap(([name, value]) =>
    value ? [[name, value] as const] : [],
  );
  return given.length > 0 ? Object.fromEntries(given) : null;
}

/** Each sampler here is the one that follows its parent: the parent is a trusted proxy's or there is none. */
function sampleRatioOf(sampler: string | undefined, argument: string | undefined): string | undefined {
  switch (sampler?.replace(/^parentbased_/, "")) {
    case "always_on":
      return "1";
    case "always_off":
      return "0";
    case "traceidratio":
      return argument;
    default:
      return undefined;
  }
}

/** What the AWS command line's own variables say; empty ones count as not set. */
export interface AwsEnvironment {
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly endpointUrl: string | undefined;
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
  readonly output: string | undefined;
  /** Credentials may come from elsewhere than the environment: files, a container, a web identity. */
  readonly configured: boolean;
}

export function awsEnvironment(): AwsEnvironment {
  const { env } = process;
  const ignored = env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === "true";
  const home = homedir();
  return {
    region: env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined,
    profile: env.AWS_PROFILE || env.AWS_DEFAULT_PROFILE || undefined,
    endpointUrl: ignored
      ? undefined
      : env.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER || env.AWS_ENDPOINT_URL || undefined,
    accessKeyId: env.AWS_ACCESS_KEY_ID || undefined,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY || undefined,
    sessionToken: env.AWS_SESSION_TOKEN || undefined,
    output: env.AWS_DEFAULT_OUTPUT || undefined,
    configured:
      Boolean(
        env.AWS_PROFILE ||
          env.AWS_WEB_IDENTITY_TOKEN_FILE ||
          env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI ||
          env.AWS_CONTAINER_CREDENTIALS_FULL_URI,
      ) ||
      existsSync(env.AWS_SHARED_CREDENTIALS_FILE || join(home, ".aws", "credentials")) ||
      existsSync(env.AWS_CONFIG_FILE || join(home, ".aws", "config")),
  };
}

/** The address that a service's own variable, AWS_ENDPOINT_URL_<name>, gives, or else the one for all services. */
export function configuredEndpoint(name: string): string | undefined {
  const { env } = process;
  return env[`AWS_ENDPOINT_URL_${name}`] || env.AWS_ENDPOINT_URL || undefined;
}

/** Whether addresses that are configured, in the environment or in files, do not count. */
export const ignoresConfiguredEndpoints = (): boolean =>
  process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === "true";

/** How often the AWS command line may try a call; undefined when nobody says. */
export const awsMaxAttempts = (): number | undefined => Number(process.env.AWS_MAX_ATTEMPTS) || undefined;

/** A file of certificates that the AWS command line trusts. */
export const awsCaBundle = (): string | undefined =>
  process.env.AWS_CA_BUNDLE || process.env.REQUESTS_CA_BUNDLE || undefined;

/** A path of the AWS command line with `$NAME` and `${NAME}` replaced by what the environment has; others stay. */
export const expandVariables = (path: string): string =>
  path.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (whole, name, braced) => process.env[name ?? braced] ?? whole);

/** Where the AWS command line's configuration files are. */
export function awsConfigurationFiles(): { readonly config: string; readonly credentials: string } {
  const { env } = process;
  return {
    config: env.AWS_CONFIG_FILE || join(homedir(), ".aws", "config"),
    credentials: env.AWS_SHARED_CREDENTIALS_FILE || join(homedir(), ".aws", "credentials"),
  };
}

/** Where the command line keeps what it remembers between runs (XDG Base Directory). */
export const stateDirectory = (): string =>
  join(process.env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "cognate");

/** Whether output without colours is asked for (no-color.org). */
export const noColor = (): boolean => Boolean(process.env.NO_COLOR);

/** Variables of other makers that hold keys of this server's: what it shows to a collector of traces. */
const FOREIGN_KEYS: ReadonlySet<string> = new Set([
  "OTEL_EXPORTER_OTLP_HEADERS",
  "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
]);

/** The environment for programs that this one starts: without its own settings, which hold keys. */
export function childEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || name.startsWith("COGNATE_") || FOREIGN_KEYS.has(name) ? [] : [[name, value]],
    ),
  );
}
