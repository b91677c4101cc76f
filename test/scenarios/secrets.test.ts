import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operationNames } from "../../src/api/operation.ts";
import { totpCode } from "../../src/crypto/totp.ts";
import { fromBase32 } from "../support/base32.ts";
import { secretHash } from "../support/builders.ts";
import { DeviceSide, SrpSide } from "../support/device-side.ts";
import { ApiCaller, apiRequest, HttpConnection } from "../support/http-connection.ts";
import { drawsFrom, HOSTILE_PIECES, hostileTextOf, validInput } from "../support/model-probe.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { meanFaults } from "../support/watch-answers.ts";
import { startWorld } from "../support/world.ts";

// biome-ignore lint/suspicious/noExplicitAny: what is passed on from answer to answer
type Answer = any;

const dataDir = mkdtempSync(join(tmpdir(), "cognate-secrets-"));
let server: ServerProcess;
let api: ApiCaller;
/** What must be nowhere but with its owner, by what it is. */
const secrets = new Map<string, string>();
/** Every body that a refusal came with. */
const refusals: string[] = [];

const secret = (name: string, value: string | undefined): string => {
  if (!value || value.length < 8) throw new Error(`${name} cannot be looked for: ${value}`);
  secrets.set(`${name} ${secrets.size}`, value);
  return value;
};

async function call(operation: string, input: object): Promise<Answer> {
  const { status, body } = await api.answer(operation, input);
  if (status !== 200) {
    refusals.push(body);
    return { refused: body };
  }
  return body === "" ? {} : JSON.parse(body);
}
async function granted(operation: string, input: object): Promise<Answer> {
  const answer = await call(operation, input);
  if (answer.refused) throw new Error(`${operation}: ${answer.refused}`);
  return answer;
}

/** The code of the newest message; messages say `the canary code is …`, so that six digits can be looked for. */
async function code(to: string): Promise<string> {
  const response = await fetch(`${server.url}/_dev/messages?${new URLSearchParams({ to })}`);
  const [newest] = (await response.json()) as { code: string; body: string }[];
  if (!newest) throw new Error(`No message to ${to}`);
  secret("a message", newest.body);
  return newest.code;
}

const TEXT = "the canary code is {####}";

async function everyFlow(): Promise<void> {
  const { UserPool } = await granted("CreateUserPool", {
    PoolName: "secrets",
    AutoVerifiedAttributes: ["email"],
    EmailVerificationMessage: TEXT,
    EmailConfiguration: {
      EmailSendingAccount: "DEVELOPER",
      SourceArn: "arn:aws:ses:us-east-1:123456789012:identity/example.com",
    },
    AdminCreateUserConfig: {
      InviteMessageTemplate: { EmailMessage: `{username}: ${TEXT}`, EmailSubject: "invitation" },
    },
    DeviceConfiguration: { ChallengeRequiredOnNewDevice: true },
  });
  const UserPoolId = UserPool.Id;
  const { UserPoolClient: client } = await granted("CreateUserPoolClient", {
    UserPoolId,
    ClientName: "secrets",
    GenerateSecret: true,
    ExplicitAuthFlows: [
      "ALLOW_USER_AUTH",
      "ALLOW_USER_PASSWORD_AUTH",
      "ALLOW_USER_SRP_AUTH",
      "ALLOW_REFRESH_TOKEN_AUTH",
    ],
  });
  const { ClientId } = client;
  secret("a client secret", client.ClientSecret);
  const hash = (name: string) => secret("a secret hash", secretHash(client, name));
  const begin = (AuthFlow: string, USERNAME: string, more: object) =>
    call("InitiateAuth", {
      ClientId,
      AuthFlow,
      AuthParameters: { USERNAME, SECRET_HASH: hash(USERNAME), ...more },
    });
  const answer = (ChallengeName: string, USERNAME: string, Session: string | undefined, more: object) =>
    call("RespondToAuthChallenge", {
      ClientId,
      ChallengeName,
      ...(Session ? { Session } : {}),
      ChallengeResponses: { USERNAME, SECRET_HASH: hash(USERNAME), ...more },
    });
  const keep = (given: Answer): Answer => {
    if (given.Session) secret("a Session", given.Session);
    if (given.ChallengeParameters?.SECRET_BLOCK)
      secret("a SECRET_BLOCK", given.ChallengeParameters.SECRET_BLOCK);
    const { AccessToken, IdToken, RefreshToken } = given.AuthenticationResult ?? {};
    if (AccessToken) secret("an access token", AccessToken);
    if (IdToken) secret("an ID token", IdToken);
    if (RefreshToken) secret("a refresh token", RefreshToken);
    return given;
  };

  // Sign-up, with a wrong code before the right one, and a name that is taken.
  const email = "ana@example.com";
  const Password = secret("a password", "Canary-Sign-Up-1!");
  const person = { ClientId, Username: "ana", SecretHash: hash("ana") };
  const signUp = { ...person, Password, UserAttributes: [{ Name: "email", Value: email }] };
  await granted("SignUp", signUp);
  await call("SignUp", signUp);
  await call("SignUp", { ...signUp, Username: "eve", Password: secret("a weak password", "canaryweak") });
  await call("ConfirmSignUp", { ...person, ConfirmationCode: "000000" });
  await granted("ResendConfirmationCode", person);
  await granted("ConfirmSignUp", { ...person, ConfirmationCode: await code(email) });

  // Passwords: wrong, right, by SRP, forgotten, changed.
  await begin("USER_PASSWORD_AUTH", "ana", { PASSWORD: secret("a wrong password", "Canary-Wrong-Guess-2!") });
  const tokens = keep(await begin("USER_PASSWORD_AUTH", "ana", { PASSWORD: Password })).AuthenticationResult;
  const { AccessToken } = tokens;
  for (const given of [Password, "Canary-Wrong-Proof-3!"]) {
    const side = new SrpSide({ group: UserPoolId.split("_")[1], name: "ana" }, given);
    const asked = keep(await begin("USER_SRP_AUTH", "ana", { SRP_A: side.publicA }));
    const proof = side.proof(asked.ChallengeParameters);
    secret("a proof", proof.PASSWORD_CLAIM_SIGNATURE);
    keep(await answer("PASSWORD_VERIFIER", "ana", undefined, proof));
  }
  await granted("ForgotPassword", person);
  const Forgotten = secret("a password", "Canary-Forgotten-4!");
  await call("ConfirmForgotPassword", { ...person, ConfirmationCode: "000000", Password: Forgotten });
  await granted("ConfirmForgotPassword", {
    ...person,
    ConfirmationCode: await code(email),
    Password: Forgotten,
  });
  const ProposedPassword = secret("a password", "Canary-Changed-5!");
  const change = { AccessToken, PreviousPassword: Forgotten, ProposedPassword };
  await call("ChangePassword", {
    ...change,
    PreviousPassword: secret("a wrong password", "Canary-Before-6!"),
  });
  await granted("ChangePassword", change);

  // An invitation and the new password; an administrator's.
  const TemporaryPassword = secret("a temporary password", "Canary-Temporary-7!");
  await granted("AdminCreateUser", {
    UserPoolId,
    Username: "bob",
    TemporaryPassword,
    UserAttributes: [{ Name: "email", Value: "bob@example.com" }],
  });
  const first = keep(await begin("USER_PASSWORD_AUTH", "bob", { PASSWORD: TemporaryPassword }));
  const NEW_PASSWORD = secret("a password", "Canary-New-8!");
  keep(await answer("NEW_PASSWORD_REQUIRED", "bob", first.Session, { NEW_PASSWORD }));
  await call("AdminSetUserPassword", {
    UserPoolId,
    Username: "nobody",
    Password: secret("a password", "Canary-Administrator-9!"),
    Permanent: true,
  });

  // Refresh, and a software token.
  keep(
    await call("InitiateAuth", {
      ClientId,
      AuthFlow: "REFRESH_TOKEN_AUTH",
      AuthParameters: { REFRESH_TOKEN: tokens.RefreshToken, SECRET_HASH: hash("ana") },
    }),
  );
  await call("InitiateAuth", {
    ClientId,
    AuthFlow: "REFRESH_TOKEN_AUTH",
    AuthParameters: {
      REFRESH_TOKEN: secret("a wrong token", `${tokens.RefreshToken}x`),
      SECRET_HASH: hash("ana"),
    },
  });
  await granted("SetUserPoolMfaConfig", {
    UserPoolId,
    MfaConfiguration: "OPTIONAL",
    SoftwareTokenMfaConfiguration: { Enabled: true },
    EmailMfaConfiguration: { Message: TEXT, Subject: "code" },
  });
  const { SecretCode } = await granted("AssociateSoftwareToken", { AccessToken });
  secret("a TOTP seed", SecretCode);
  const seed = fromBase32(SecretCode);
  secret("a TOTP seed in hexadecimal", seed.toString("hex"));
  await call("VerifySoftwareToken", { AccessToken, UserCode: "000000" });
  const step = Math.floor(Date.now() / 30_000);
  await granted("VerifySoftwareToken", { AccessToken, UserCode: totpCode(seed, step) });
  const Preferred = { Enabled: true, PreferredMfa: true };
  await granted("SetUserMFAPreference", { AccessToken, SoftwareTokenMfaSettings: Preferred });
  const mfa = keep(await begin("USER_PASSWORD_AUTH", "ana", { PASSWORD: ProposedPassword }));
  await answer("SOFTWARE_TOKEN_MFA", "ana", mfa.Session, { SOFTWARE_TOKEN_MFA_CODE: "000000" });
  const SOFTWARE_TOKEN_MFA_CODE = totpCode(seed, step + 1);
  const done = keep(await answer("SOFTWARE_TOKEN_MFA", "ana", mfa.Session, { SOFTWARE_TOKEN_MFA_CODE }));

  // A device, and a code by e-mail as the second factor.
  const device = new DeviceSide(done.AuthenticationResult);
  secret("a device's verifier", device.secret.PasswordVerifier);
  await granted("ConfirmDevice", {
    AccessToken: done.AuthenticationResult.AccessToken,
    DeviceKey: device.key,
    DeviceSecretVerifierConfig: device.secret,
  });
  await granted("SetUserMFAPreference", {
    AccessToken,
    SoftwareTokenMfaSettings: { Enabled: false, PreferredMfa: false },
    EmailMfaSettings: Preferred,
  });
  const byMail = keep(await begin("USER_PASSWORD_AUTH", "ana", { PASSWORD: ProposedPassword }));
  await answer("EMAIL_OTP", "ana", byMail.Session, { EMAIL_OTP_CODE: "000000" });
  keep(await answer("EMAIL_OTP", "ana", byMail.Session, { EMAIL_OTP_CODE: await code(email) }));

  // Secrets where none belongs, and in what cannot be read.
  for (const [operation, input] of [
    ["SignUp", { ClientId: Password, Username: { Password }, Password: [Password] }],
    ["InitiateAuth", { ClientId, AuthFlow: Password, AuthParameters: { USERNAME: Password } }],
    ["GetUser", { AccessToken: `${AccessToken}x` }],
    ["GetUser", { AccessToken: `${AccessToken} ${Password}` }],
    ["GetUser", { AccessToken: tokens.IdToken }],
    ["ListUsers", { UserPoolId, Filter: `email = "${Password}` }],
    [`No${Password}Operation`, {}],
    [
      "RespondToAuthChallenge",
      {
        ClientId,
        ChallengeName: "EMAIL_OTP",
        Session: Password.padEnd(40, "x"),
        ChallengeResponses: { USERNAME: "ana", EMAIL_OTP_CODE: Password, SECRET_HASH: Password },
      },
    ],
  ] as const)
    await call(operation, input);
  const connection = new HttpConnection(server.port);
  const host = `127.0.0.1:${server.port}`;
  for (const body of [
    `{"Password":"${Password}"`,
    `${Password}`,
    `{"AccessToken":"${AccessToken}",}`,
    "\u0000",
  ])
    refusals.push((await connection.send(apiRequest(host, "SignUp", body))).body);
  refusals.push((await connection.send(`GET /?password=${Password} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).body);
  refusals.push(
    (await connection.send(`POST /${Password} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 2\r\n\r\n{}`))
      .body,
  );
  connection.close();
}

/** A text as it could have been written down. */
const spellings = (value: string): readonly string[] => [
  value,
  Buffer.from(value).toString("base64").replace(/=+$/, ""),
  Buffer.from(value).toString("hex"),
  encodeURIComponent(value),
  JSON.stringify(value).slice(1, -1),
  Buffer.from(value, "utf16le").toString("latin1"),
];

function found(text: string): string[] {
  return [...secrets].flatMap(([name, value]) =>
    spellings(value).some((spelling) => text.includes(spelling)) ? [name] : [],
  );
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const listening = createServer().listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port } = listening.address() as AddressInfo;
  listening.close();
  return port;
}

/** What a command of the command line prints. */
const cognate = (...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["src/main.ts", ...args], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`cognate ${args[0]}: ${stderr}`);
  return stdout + stderr;
};

let metricsPort: number;
/** Beside the data directory, whose every file is looked at. */
const beside = mkdtempSync(join(tmpdir(), "cognate-beside-"));

beforeAll(async () => {
  metricsPort = await freePort();
  const config = join(beside, "cognate.toml");
  writeFileSync(config, `[metrics]\nport = ${metricsPort}\n`);
  server = await startServerProcess({
    dataDir,
    environment: { COGNATE_LOG_LEVEL: "debug" },
    startArguments: ["--dev", "--config", config],
  });
  api = new ApiCaller(server.port);
  await everyFlow();
});
afterAll(async () => {
  api.close();
  await server.stop();
  for (const directory of [dataDir, beside]) rmSync(directory, { recursive: true, force: true });
});

describe("a secret that went through the server", () => {
  it("is one of many, and could be found", () => {
    expect(secrets.size).toBeGreaterThan(50);
    expect(found(`… ${[...secrets.values()].join(" ")} …`)).toHaveLength(secrets.size);
    expect(refusals.length).toBeGreaterThan(15);
  });

  it("is in no log line, at the loudest level", () => {
    const log = server.errors();
    expect(log).not.toBe("");
    expect(log.length).toBeLessThan(1_000_000);
    expect(found(log)).toEqual([]);
  });

  it("is not in the database file, nor in its write-ahead log", () => {
    const files = readdirSync(dataDir).filter((name) => name !== "cognate.key");
    expect(files.some((name) => name.endsWith("-wal"))).toBe(true);
    const read = files.map((name) => readFileSync(join(dataDir, name)).toString("latin1"));
    // What is no secret is there: or nothing has been written yet.
    expect(read.join("")).toContain("ana@example.com");
    for (const text of read) expect(found(text)).toEqual([]);
  });

  it("is not in a backup, nor in what making one says", () => {
    const file = join(beside, "backup.gz");
    const said = cognate("backup", "--data-dir", dataDir, "--output", file);
    const content = gunzipSync(readFileSync(file)).toString("latin1");
    expect(content).toContain("ana@example.com");
    // Bytes stand there in base64, in which a secret could hide at any offset.
    const bytes = [...content.matchAll(/"([A-Za-z0-9+/_-]{16,}={0,2})"/g)].map(([, text = ""]) =>
      Buffer.from(text, "base64").toString("latin1"),
    );
    expect(bytes.length).toBeGreaterThan(20);
    for (const text of [said, content, bytes.join("\n")]) expect(found(text)).toEqual([]);
  });

  it("is not in the metrics", async () => {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(text).toContain('operation="ChangePassword"');
    expect(found(text)).toEqual([]);
  });

  it("is not in the audit trail, exported or shown in short", async () => {
    // Records of calls that changed nothing are written within a second.
    await expect
      .poll(() => cognate("audit", "export", "--data-dir", dataDir), { timeout: 10_000, interval: 500 })
      .toContain("NotAuthorizedException");
    for (const command of ["export", "tail"]) {
      const text = cognate("audit", command, "--data-dir", dataDir);
      for (const operation of ["SignUp", "ConfirmForgotPassword", "VerifySoftwareToken", "ConfirmDevice"])
        if (command === "export") expect(text).toContain(`"eventName":"${operation}"`);
      expect(text.length).toBeGreaterThan(500);
      expect(found(text)).toEqual([]);
    }
  });
});

/** What a refusal must not say: where the code is, what it ran, and how it is written. */
const INSIDES = [
  /\n\s+at /,
  /node:/,
  /node_modules/,
  /\.(ts|js|mjs)\b/,
  /file:\/\//,
  /sqlite|postgres|kysely/i,
  /\b(select|insert|update|delete)\b.+\b(from|into|set|where)\b/i,
  /TypeError|RangeError|SyntaxError|ReferenceError/,
  new RegExp(tmpdir()),
  /\/(home|root|usr|var|work)\//,
];
const tellsInsides = (body: string): boolean => INSIDES.some((inside) => inside.test(body));

describe("the body of a refusal", () => {
  it("says nothing of the insides, whatever is wrong with a call of whichever operation", async () => {
    const wrong: string[] = refusals.filter(tellsInsides);
    let sent = 0;
    for (const operation of operationNames) {
      const draw = drawsFrom(operation.length);
      const valid = validInput(operation, draw) as Record<string, unknown>;
      const hostile = Object.fromEntries(
        Object.keys(valid).map((name) => [
          name,
          hostileTextOf(HOSTILE_PIECES[Math.floor(draw() * HOSTILE_PIECES.length)] ?? "x", "", 200),
        ]),
      );
      for (const input of [valid, hostile, {}, [], "{", { ...valid, __proto__: 1 }]) {
        const { status, body } = await api.answer(operation, input);
        sent++;
        if (status !== 200 && tellsInsides(body)) wrong.push(`${operation}: ${body}`);
        if (status >= 500 && !body.includes("NotImplemented") && status !== 501)
          wrong.push(`${operation}: ${status} ${body}`);
      }
    }
    expect(sent).toBeGreaterThan(600);
    expect(wrong).toEqual([]);
  });

  it("of a fault of the server itself has a sentence and nothing else", async () => {
    meanFaults();
    const world = await startWorld();
    await world.server.services.store.close();
    const response = await fetch(world.url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AWSCognitoIdentityProviderService.ListUserPools",
      },
      body: JSON.stringify({ MaxResults: 10 }),
    });
    const body = await response.text();
    expect(response.status).toBe(500);
    expect(Object.keys(JSON.parse(body)).sort()).toEqual(["__type", "message"]);
    expect(JSON.parse(body).__type).toBe("InternalErrorException");
    expect(tellsInsides(body)).toBe(false);
    await world.close().catch(() => {});
  });
});
