import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import {
  KeyEncryptionKey,
  SealBroken,
  SealingKey,
  type SealPurpose,
} from "../../src/crypto/encryption-at-rest.ts";
import { totpCode } from "../../src/crypto/totp.ts";
import { openDeviceSecret } from "../../src/domain/devices/index.ts";
import { openMessage } from "../../src/domain/messages/index.ts";
import { loadServerKey } from "../../src/domain/server-keys/index.ts";
import type { Services } from "../../src/domain/services.ts";
import { TokenKeys } from "../../src/domain/tokens/index.ts";
import { readFrom } from "../../src/domain/user-imports/import-file.ts";
import type { ImportFileKey } from "../../src/domain/user-imports/index.ts";
import type { UserPool } from "../../src/domain/user-pools/index.ts";
import { systemRandom } from "../../src/runtime/random.ts";
import { type Api, ApiRefusal, apiOf } from "../support/api.ts";
import { fromBase32 } from "../support/base32.ts";
import { makeClient, makePool, makeUser, startSignIn } from "../support/builders.ts";
import { DeviceSide } from "../support/device-side.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import {
  type Credentials,
  EVERYTHING,
  type Production,
  signedApi,
  signedSend,
  startProduction,
} from "../support/production.ts";
import { createJob, upload } from "../support/user-imports.ts";
import { meanFaults } from "../support/watch-answers.ts";

type Row = Readonly<Record<string, unknown>>;
type Where = Readonly<Record<string, string | number>>;

/** The tables as whoever has the database sees and changes them. */
interface RawDatabase {
  /** `table.column` of every column of bytes. */
  byteColumns(): Promise<string[]>;
  rows(table: string): Promise<Row[]>;
  run(sql: string, ...values: (string | number | Uint8Array)[]): Promise<void>;
  close(): Promise<void>;
}

function sqliteDatabase(dataDir: string): RawDatabase {
  const database = new DatabaseSync(join(dataDir, "cognate.sqlite"), { timeout: 5000 });
  return {
    async byteColumns() {
      const sql =
        "select m.name || '.' || c.name as name from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and upper(c.type) = 'BLOB'";
      return database
        .prepare(sql)
        .all()
        .map(({ name }) => String(name));
    },
    rows: async (table) => database.prepare(`select * from "${table}"`).all() as Row[],
    async run(sql, ...values) {
      database.prepare(sql).run(...values);
    },
    close: async () => database.close(),
  };
}

async function postgresDatabase(url: string): Promise<RawDatabase> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    async byteColumns() {
      const { rows } = await client.query(
        "select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'public' and data_type = 'bytea'",
      );
      return rows.map(({ name }) => String(name));
    },
    rows: async (table) => (await client.query(`select * from "${table}"`)).rows,
    async run(sql, ...values) {
      let n = 0;
      const bytes = values.map((value) => (typeof value === "object" ? Buffer.from(value) : value));
      await client.query(
        sql.replaceAll("?", () => `$${++n}`),
        bytes,
      );
    },
    close: () => client.end(),
  };
}

/** Where what is sealed for a purpose is kept, by one of its columns; null for what clients hold, and the database never. */
const KEPT_IN: Readonly<Record<SealPurpose, string | null>> = {
  "access-key-secret": "access_key.sealed_secret",
  "challenge-session": null,
  "client-secret": "user_pool_client.secrets",
  "data-key": "user_pool.wrapped_data_key",
  "device-secret": "device.sealed_secret",
  "feedback-token": null,
  "identity-provider-secrets": "identity_provider.sealed_secrets",
  "import-file": "user_import_chunk.sealed",
  message: "outbox_message.sealed",
  "page-token": null,
  password: "user_password.sealed",
  "refresh-token": null,
  "session-credentials": null,
  "signing-certificate": "signing_certificate.sealed_private_key",
  "signing-key": "signing_key.sealed_private_key",
  "software-token": "software_token.sealed_secret",
};

/** Columns of bytes that hold no secret. */
const PLAIN: Readonly<Record<string, string>> = {
  "managed_login_asset.bytes": "pictures of public pages",
  "signing_certificate.certificate": "given to SAML providers",
  "ui_customization.image": "a picture of a public page",
  "verification_code.digest": "an HMAC under a key that is sealed: nothing opens it",
  "web_authn_credential.public_key": "public",
};

/** A sealed value in the database, and what needs it. */
interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** The row that is tampered with. */
  readonly where: Where;
  /** Opens the value there as the server does. */
  readonly use: () => Promise<unknown>;
  /**
   * Where the same secret of the same owner may stand as well: a value that is put back there is an older value of the same place,
   * which no seal can tell from the present one.
   */
  readonly samePlace?: readonly string[];
}

const named = ({ table, column }: Pick<SealedColumn, "table" | "column">): string => `${table}.${column}`;

/** Client secrets are bytes in base64url within JSON. */
const CLIENT_SECRETS = "user_pool_client.secrets";
const bytesOf = (name: string, value: unknown): Buffer =>
  name === CLIENT_SECRETS
    ? Buffer.from(JSON.parse(String(value))[0].sealed, "base64url")
    : Buffer.from(value as Uint8Array);
const storedForm = (name: string, before: unknown, bytes: Uint8Array): string | Uint8Array => {
  if (name !== CLIENT_SECRETS) return bytes;
  const [first, ...others] = JSON.parse(String(before));
  return JSON.stringify([{ ...first, sealed: Buffer.from(bytes).toString("base64url") }, ...others]);
};
const isThere = (name: string, value: unknown): boolean =>
  value !== null && !(name === CLIENT_SECRETS && value === "[]");

const PASSWORDS = ["Sealed-Horse-1!", "Sealed-Horse-2!", "Sealed-Horse-3!"] as const;
const [OLDEST, , PASSWORD] = PASSWORDS;
const OIDC = {
  client_id: "id",
  client_secret: "the provider's canary secret",
  authorize_scopes: "openid",
  oidc_issuer: "https://login.example.com",
  attributes_request_method: "GET",
};

/** Everything that is sealed, of two users of one pool and one of another; the columns as the first of each has them. */
async function sealEverything(
  production: Production,
  raw: RawDatabase,
): Promise<{ columns: SealedColumn[]; pools: UserPool[] }> {
  const { services } = production.server;
  const api = signedApi(production.url, production.root);
  const open = apiOf(production);
  const [first, second] = [await sealedPool(api, open, ["ana", "bob"]), await sealedPool(api, open, ["cid"])];
  const [ana] = first.people;
  if (!ana) throw new Error("Nobody was made");
  const keys: Credentials[] = [
    await production.user("ana", [EVERYTHING]),
    await production.user("bob", [EVERYTHING]),
  ];
  const poolOf = async (id: string): Promise<UserPool> => {
    const pool = await services.store.userPools.find(id);
    if (!pool) throw new Error("The pool is gone");
    return pool;
  };
  const pools = [await poolOf(first.Id), await poolOf(second.Id)];
  const pool = pools[0] as UserPool;
  const user = await services.store.users.byUsername(pool.key, "ana");
  if (!user) throw new Error("The user is gone");
  const one = async (table: string, fits: (row: Row) => boolean): Promise<Row> => {
    const row = (await raw.rows(table)).find(fits);
    if (!row) throw new Error(`No row of ${table}`);
    return row;
  };
  const inPool = ({ pool_key }: Row) => Number(pool_key) === pool.key;
  const ofUser = ({ user_key }: Row) => Number(user_key) === user.key;
  const message = await one("outbox_message", inPool);
  const signing = await one("signing_key", (row) => inPool(row) && row.use === "access");
  const job = await one("user_import_job", inPool);
  const file = Number(job.file_key);
  const device = await one("device", ofUser);
  // The newest, which is looked at before the one that the password is refused for.
  const [history] = (await raw.rows("password_history"))
    .filter(ofUser)
    .sort((a, b) => Number(b.ordinal) - Number(a.ordinal));
  const opened = async (purpose: "signing-certificate", place: string, sealed: unknown) =>
    services.keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey).open(purpose, place, bytesOf("", sealed));
  const secondFactor = async () => {
    const { Session } = await startSignIn(open, first.client, "ana", PASSWORD);
    const step = Math.floor(Date.now() / 30_000);
    return open("RespondToAuthChallenge", {
      ClientId: first.client.ClientId,
      ChallengeName: "SOFTWARE_TOKEN_MFA",
      ...(Session === undefined ? {} : { Session }),
      ChallengeResponses: { USERNAME: "ana", SOFTWARE_TOKEN_MFA_CODE: totpCode(ana.seed, step) },
    });
  };
  const columns: SealedColumn[] = [
    {
      table: "server_key",
      column: "wrapped",
      where: { name: String((await one("server_key", () => true)).name) },
      use: () => loadServerKey(services),
    },
    {
      table: "user_pool",
      column: "wrapped_data_key",
      where: { key: pool.key },
      use: () => startSignIn(open, first.client, "ana", PASSWORD),
    },
    {
      table: "signing_key",
      column: "sealed_private_key",
      where: { kid: String(signing.kid) },
      use: () =>
        new TokenKeys(services.store, services.keyEncryptionKey, services.clock).signingKey(pool, "access"),
    },
    {
      table: "signing_certificate",
      column: "sealed_private_key",
      where: { pool_key: pool.key },
      // Nothing of the server signs with it yet.
      use: async () =>
        opened(
          "signing-certificate",
          `signing_certificate|${pool.key}`,
          (await one("signing_certificate", inPool)).sealed_private_key,
        ),
    },
    {
      table: "user_pool_client",
      column: "secrets",
      where: { id: first.withSecret },
      use: () => api("DescribeUserPoolClient", { UserPoolId: pool.id, ClientId: first.withSecret }),
    },
    {
      table: "user_password",
      column: "sealed",
      where: { user_key: user.key },
      use: () => startSignIn(open, first.client, "ana", PASSWORD),
      samePlace: ["password_history.sealed"],
    },
    {
      table: "password_history",
      column: "sealed",
      where: { user_key: user.key, ordinal: Number(history?.ordinal) },
      use: () =>
        open("ChangePassword", {
          AccessToken: ana.AccessToken,
          PreviousPassword: PASSWORD,
          ProposedPassword: OLDEST,
        }),
      samePlace: ["user_password.sealed", "password_history.sealed"],
    },
    {
      table: "software_token",
      column: "sealed_secret",
      where: { user_key: user.key },
      use: secondFactor,
      samePlace: ["software_token.sealed_pending"],
    },
    {
      table: "software_token",
      column: "sealed_pending",
      where: { user_key: user.key },
      use: () => open("VerifySoftwareToken", { AccessToken: ana.AccessToken, UserCode: "000000" }),
      samePlace: ["software_token.sealed_secret"],
    },
    {
      table: "device",
      column: "sealed_secret",
      where: { key: Number(device.key) },
      use: async () => {
        const found = await services.store.devices.find(user.key, String(device.device_key));
        if (!found) throw new Error("The device is gone");
        return openDeviceSecret(services, pool, found);
      },
    },
    {
      table: "identity_provider",
      column: "sealed_secrets",
      where: { pool_key: pool.key, name: "Corp" },
      use: () => api("DescribeIdentityProvider", { UserPoolId: pool.id, ProviderName: "Corp" }),
    },
    {
      table: "outbox_message",
      column: "sealed",
      where: { key: Number(message.key) },
      use: async () => {
        const queued = await services.store.outbox.list({ poolKey: pool.key, limit: 200 });
        const found = queued.find(({ key }) => key === Number(message.key));
        if (!found) throw new Error("The message is gone");
        return openMessage(services, pool, found);
      },
    },
    {
      table: "user_import_chunk",
      column: "sealed",
      where: { file_key: file, ordinal: 0 },
      use: async () => {
        const parts: Uint8Array[] = [];
        for await (const part of readFrom(services, pool, file as ImportFileKey, 0)) parts.push(part);
        return parts;
      },
    },
    {
      table: "access_key",
      column: "sealed_secret",
      where: { id: String(keys[0]?.accessKeyId) },
      use: async () => {
        const credentials = keys[0] as Credentials;
        const { code, message, status } = await signedSend(production.url, credentials, "ListUserPools", {
          MaxResults: 1,
        });
        if (code !== null) throw new ApiRefusal(code, message, status);
      },
    },
  ];
  return { columns, pools };
}

async function sealedPool(api: Api, open: Api, names: readonly string[]) {
  const { Id } = await makePool(api, {
    AutoVerifiedAttributes: ["email"],
    DeviceConfiguration: { ChallengeRequiredOnNewDevice: false, DeviceOnlyRememberedOnUserPrompt: true },
    Policies: { PasswordPolicy: { MinimumLength: 8, PasswordHistorySize: 5 } },
  });
  await api("SetUserPoolMfaConfig", {
    UserPoolId: Id,
    MfaConfiguration: "OPTIONAL",
    SoftwareTokenMfaConfiguration: { Enabled: true },
  });
  await api("GetSigningCertificate", { UserPoolId: Id });
  const client = await makeClient(api, Id);
  const others = [1, 2].map(() => makeClient(api, Id, { GenerateSecret: true }));
  const [withSecret] = await Promise.all(others);
  for (const ProviderName of ["Corp", "Partner"])
    await api("CreateIdentityProvider", {
      UserPoolId: Id,
      ProviderName,
      ProviderType: "OIDC",
      ProviderDetails: OIDC,
    });
  const columns = (await api("GetCSVHeader", { UserPoolId: Id })).CSVHeader ?? [];
  const job = await createJob(api, Id);
  await upload(job, `${columns.join(",")}\n${columns.map(() => "").join(",")}\n`);
  const people: { AccessToken: string; seed: Buffer }[] = [];
  for (const Username of names) {
    await makeUser(api, Id, Username, {
      attributes: { email: `${Username}@example.com`, email_verified: "true" },
    });
    for (const Password of PASSWORDS)
      await api("AdminSetUserPassword", { UserPoolId: Id, Username, Password, Permanent: true });
    const { AuthenticationResult: result } = await startSignIn(open, client, Username, PASSWORD);
    const { AccessToken = "" } = result ?? {};
    const device = new DeviceSide(result);
    await open("ConfirmDevice", {
      AccessToken,
      DeviceKey: device.key,
      DeviceSecretVerifierConfig: device.secret,
    });
    const { SecretCode = "" } = await open("AssociateSoftwareToken", { AccessToken });
    const seed = fromBase32(SecretCode);
    // A code of the step before is as good, and leaves the present one for what follows.
    const UserCode = totpCode(seed, Math.floor(Date.now() / 30_000) - 1);
    await open("VerifySoftwareToken", { AccessToken, UserCode });
    await open("AssociateSoftwareToken", { AccessToken });
    await api("AdminSetUserMFAPreference", {
      UserPoolId: Id,
      Username,
      SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
    });
    await open("ForgotPassword", { ClientId: client.ClientId, Username });
    people.push({ AccessToken, seed });
  }
  return { Id, client, withSecret: withSecret?.ClientId ?? "", people };
}

/** What became of a use: `opened`, or how it was refused. */
async function outcome(use: SealedColumn["use"]): Promise<string> {
  try {
    await use();
    return "opened";
  } catch (error) {
    if (error instanceof SealBroken) return "refused";
    if (!(error instanceof ApiRefusal)) throw error;
    // A wrong code is what a seed that does open answers.
    return error.code === "InternalErrorException" ? "refused" : `opened: ${error.code} ${error.message}`;
  }
}

const { url: postgres, reason } = inject("postgres");

describe.each([
  ["SQLite", true, 1000],
  ["PostgreSQL", false, 250],
] as const)("what %s keeps sealed", (name, isEmbedded, cases) => {
  const isMissing = !isEmbedded && postgres === null;
  let databaseUrl: string | null = null;
  let production: Production;
  let raw: RawDatabase;
  let columns: SealedColumn[];
  let pools: UserPool[];
  let services: Services;

  beforeAll(async () => {
    if (isMissing) return;
    databaseUrl = isEmbedded ? null : await createDatabase(postgres ?? "");
    production = await startProduction(databaseUrl === null ? {} : { databaseUrl });
    services = production.server.services;
    raw = databaseUrl === null ? sqliteDatabase(production.dataDir) : await postgresDatabase(databaseUrl);
    ({ columns, pools } = await sealEverything(production, raw));
  }, 120_000);
  afterAll(async () => {
    if (isMissing) return;
    await raw.close();
    await production.close();
    if (databaseUrl !== null) await dropDatabase(postgres ?? "", databaseUrl);
  });

  /** Every sealed value there is, with its row. */
  async function everySeal(): Promise<{ name: string; row: Row; bytes: Buffer }[]> {
    const all: { name: string; row: Row; bytes: Buffer }[] = [];
    for (const column of columns) {
      const of = named(column);
      for (const row of await raw.rows(column.table))
        if (isThere(of, row[column.column]))
          all.push({ name: of, row, bytes: bytesOf(of, row[column.column]) });
    }
    return all;
  }

  async function put({ table, column, where }: SealedColumn, value: string | Uint8Array): Promise<void> {
    const fits = Object.keys(where).map((key) => `"${key}" = ?`);
    // What a node keeps decoded goes by the row's version.
    const version = table === "user_pool" || table === "user_pool_client";
    const set = version ? `"${column}" = ?, version = ?` : `"${column}" = ?`;
    const sql = `update "${table}" set ${set} where ${fits.join(" and ")}`;
    const drawn = version ? [Math.floor(Math.random() * 2 ** 50)] : [];
    await raw.run(sql, value, ...drawn, ...Object.values(where));
    // Failures lock a user out, which is another refusal than the one looked for.
    for (const counts of ["sign_in_attempt", "attempt_count"]) await raw.run(`delete from ${counts}`);
  }

  it.skipIf(isMissing)(
    `is every column of bytes but those that hold no secret ${isMissing ? reason : ""}`,
    async () => {
      const known = [
        ...columns.map(named).filter((column) => column !== CLIENT_SECRETS),
        ...Object.keys(PLAIN),
      ];
      expect((await raw.byteColumns()).sort()).toEqual(known.sort());
      for (const kept of Object.values(KEPT_IN))
        if (kept !== null) expect(columns.map(named)).toContain(kept);
      // Each stands there for somebody else as well.
      const seals = Map.groupBy(await everySeal(), ({ name: of }) => of);
      for (const column of columns)
        expect([named(column), seals.get(named(column))?.length ?? 0]).toEqual([
          named(column),
          column.table === "server_key" ? 1 : expect.toSatisfy((count: number) => count > 1),
        ]);
    },
  );

  it.skipIf(isMissing)("opens where it was sealed", async () => {
    for (const column of columns) {
      const before =
        column.column === "sealed_pending" ? "opened: EnableSoftwareTokenMFAException" : "opened";
      if (column.table === "password_history") {
        // A password of the history is refused as that.
        expect(await outcome(column.use)).toContain("opened: PasswordHistoryPolicyViolationException");
        continue;
      }
      expect([named(column), await outcome(column.use)]).toEqual([
        named(column),
        expect.stringContaining(before),
      ]);
    }
  });

  it.skipIf(isMissing)("is worth nothing without the key-encryption key", async () => {
    const stranger = new KeyEncryptionKey(randomBytes(32), systemRandom);
    for (const { id, wrappedDataKey } of pools)
      expect(() => stranger.dataKey(id, wrappedDataKey)).toThrow(SealBroken);
    await expect(loadServerKey({ store: services.store, keyEncryptionKey: stranger })).rejects.toThrow(
      SealBroken,
    );
    const wrong = new SealingKey(randomBytes(32), systemRandom);
    const seals = await everySeal();
    for (const { bytes } of seals)
      expect(() => wrong.open("password", "anywhere", bytes)).toThrow(SealBroken);
    // Nothing of what is sealed can be read in what is stored, nor is anything sealed twice alike.
    const stored = Buffer.concat(seals.map(({ bytes }) => bytes)).toString("latin1");
    for (const text of [...PASSWORDS, OIDC.client_secret, "@example.com", "PRIVATE KEY", "cognito:username"])
      expect(stored.includes(text), text).toBe(false);
    expect(new Set(seals.map(({ bytes }) => bytes.subarray(0, 13).toString("hex"))).size).toBe(seals.length);
  });

  it.skipIf(isMissing)(
    `opens nowhere else, and not when a bit of it is another: ${cases} cases`,
    { timeout: 300_000 },
    async () => {
      meanFaults();
      const seals = await everySeal();
      const bits = fc.sample(fc.nat(), { numRuns: cases, seed: 7 });
      let [tried, refused] = [0, 0];
      const wrong: string[] = [];
      const attempt = async (column: SealedColumn, how: string, bytes: Uint8Array) => {
        const of = named(column);
        const row = await present(column);
        await put(column, storedForm(of, row[column.column], bytes));
        const became = await outcome(column.use);
        tried++;
        if (became === "refused") refused++;
        else wrong.push(`${of}, ${how}: ${became}`);
        await put(column, row[column.column] as string | Uint8Array);
      };
      const present = async ({ table, where }: SealedColumn): Promise<Row> => {
        const fits = (row: Row) =>
          Object.entries(where).every(([key, value]) => String(row[key]) === String(value));
        const row = (await raw.rows(table)).find(fits);
        if (!row) throw new Error(`No row of ${table}`);
        return row;
      };
      const owner = (row: Row) => String(row.user_key);
      const elsewhere: [SealedColumn, string, Buffer][] = [];
      for (const column of columns) {
        const own = await present(column);
        for (const { name: from, row, bytes } of seals) {
          const isItself = from === named(column) && bytes.equals(bytesOf(from, own[column.column]));
          const isOlder = column.samePlace?.includes(from) && owner(row) === owner(own);
          if (!isItself && !isOlder) elsewhere.push([column, `a value of ${from}`, bytes]);
        }
      }
      const every = Math.ceil(elsewhere.length / ((cases * 3) / 4));
      for (const [index, [column, how, bytes]] of elsewhere.entries())
        if (index % every === 0) await attempt(column, how, bytes);
      for (const [index, draw] of bits.entries()) {
        if (tried >= cases) break;
        const column = columns[index % columns.length] as SealedColumn;
        const bytes = bytesOf(named(column), (await present(column))[column.column]);
        if (index % 7 === 0) {
          await attempt(column, `${draw % bytes.length} bytes of it`, bytes.subarray(0, draw % bytes.length));
          continue;
        }
        const bit = draw % (bytes.length * 8);
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        await attempt(column, `bit ${bit} turned`, changed);
      }
      expect(wrong).toEqual([]);
      expect([tried, refused]).toEqual([cases, cases]);
      console.log(`I2 ${name}: ${refused} of ${tried} refused, ${columns.length} columns (bar all)`);
      // And all is as it was: everything opens again.
      for (const column of columns) expect(await outcome(column.use)).toMatch(/^opened/);
    },
  );
});
