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

/** The environment for programs that this one starts: without its own settings, which hold keys. */
export function childEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || name.startsWith("COGNATE_") ? [] : [[name, value]],
    ),
  );
}
