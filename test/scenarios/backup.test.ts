import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { totpCode } from "../../src/crypto/totp.ts";
import { type Api, apiOf } from "../support/api.ts";
import { fromBase32 } from "../support/base32.ts";
import { makeClient, makePool, makeUser, PASSWORD, signIn, type Tokens } from "../support/builders.ts";
import { SrpSide } from "../support/device-side.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { SMS } from "../support/scene.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { type CreationOptions, VirtualAuthenticator } from "../support/virtual-authenticator.ts";

const { url: postgres, reason } = inject("postgres");
const TOTP_STEP_MS = 30_000;
const RELYING_PARTY = "example.com";

/** `cognate …` as people run it. */
async function cognate(
  ...args: string[]
): Promise<{ status: number | null; output: string; errors: string }> {
  const child = spawn(process.execPath, ["src/main.ts", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const [status] = await once(child, "close");
  return { status, output, errors };
}

/** One user for each way to sign in. */
interface Kept {
  readonly UserPoolId: string;
  readonly ClientId: string;
  readonly tokens: Tokens;
  readonly totp: Buffer;
  readonly passkey: VirtualAuthenticator;
}

async function prepared(api: Api): Promise<Kept> {
  const { Id: UserPoolId } = await makePool(api, {
    SmsConfiguration: SMS,
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "WEB_AUTHN"] } },
  });
  const client = await makeClient(api, UserPoolId, {
    ExplicitAuthFlows: [
      "ALLOW_USER_PASSWORD_AUTH",
      "ALLOW_USER_SRP_AUTH",
      "ALLOW_USER_AUTH",
      "ALLOW_REFRESH_TOKEN_AUTH",
    ],
  });
  for (const name of ["ana", "totp", "passkey"])
    await makeUser(api, UserPoolId, name, { password: PASSWORD });
  const mfa = { SoftwareTokenMfaConfiguration: { Enabled: true }, MfaConfiguration: "OPTIONAL" } as const;
  await api("SetUserPoolMfaConfig", {
    UserPoolId,
    ...mfa,
    WebAuthnConfiguration: { RelyingPartyId: RELYING_PARTY },
  });
  const holder = (await signIn(api, client, "totp")).AccessToken;
  const { SecretCode = "" } = await api("AssociateSoftwareToken", { AccessToken: holder });
  const totp = fromBase32(SecretCode);
  const UserCode = totpCode(totp, Math.floor(Date.now() / TOTP_STEP_MS));
  await api("VerifySoftwareToken", { AccessToken: holder, UserCode });
  await api("SetUserMFAPreference", { AccessToken: holder, SoftwareTokenMfaSettings: { Enabled: true } });
  const owner = (await signIn(api, client, "passkey")).AccessToken;
  const passkey = new VirtualAuthenticator();
  const { CredentialCreationOptions } = await api("StartWebAuthnRegistration", { AccessToken: owner });
  const Credential = passkey.create(CredentialCreationOptions as CreationOptions & Record<string, unknown>);
  await api("CompleteWebAuthnRegistration", { AccessToken: owner, Credential });
  return { UserPoolId, ClientId: client.ClientId, tokens: await signIn(api, client, "ana"), totp, passkey };
}

/** Everybody gets in as before: by password, SRP, authenticator, passkey and refresh token. */
async function everybodyGetsIn(
  api: Api,
  { UserPoolId, ClientId, tokens, totp, passkey }: Kept,
): Promise<void> {
  expect((await signIn(api, { ClientId }, "ana")).AccessToken).toBeTruthy();

  const [, poolName = ""] = UserPoolId.split("_");
  const srp = new SrpSide({ group: poolName, name: "ana" }, PASSWORD);
  const proof = await api("InitiateAuth", {
    ClientId,
    AuthFlow: "USER_SRP_AUTH",
    AuthParameters: { USERNAME: "ana", SRP_A: srp.publicA },
  });
  const bySrp = await api("RespondToAuthChallenge", {
    ClientId,
    ChallengeName: "PASSWORD_VERIFIER",
    ChallengeResponses: { ...srp.proof(proof.ChallengeParameters), USERNAME: "ana" },
  });
  expect(bySrp.AuthenticationResult?.AccessToken).toBeTruthy();

  const second = await api("InitiateAuth", {
    ClientId,
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: "totp", PASSWORD },
  });
  const byCode = await api("RespondToAuthChallenge", {
    ClientId,
    ChallengeName: "SOFTWARE_TOKEN_MFA",
    Session: second.Session,
    ChallengeResponses: {
      USERNAME: "totp",
      // The step of the set-up is used; the next is taken ahead of its time.
      SOFTWARE_TOKEN_MFA_CODE: totpCode(totp, Math.floor(Date.now() / TOTP_STEP_MS) + 1),
    },
  });
  expect(byCode.AuthenticationResult?.AccessToken).toBeTruthy();

  const asked = await api("InitiateAuth", {
    ClientId,
    AuthFlow: "USER_AUTH",
    AuthParameters: { USERNAME: "passkey", PREFERRED_CHALLENGE: "WEB_AUTHN" },
  });
  const options = JSON.parse(asked.ChallengeParameters?.CREDENTIAL_REQUEST_OPTIONS ?? "");
  const byPasskey = await api("RespondToAuthChallenge", {
    ClientId,
    ChallengeName: "WEB_AUTHN",
    Session: asked.Session,
    ChallengeResponses: { USERNAME: "passkey", CREDENTIAL: JSON.stringify(passkey.get(options)) },
  });
  expect(byPasskey.AuthenticationResult?.AccessToken).toBeTruthy();

  const refreshed = await api("InitiateAuth", {
    ClientId,
    AuthFlow: "REFRESH_TOKEN_AUTH",
    AuthParameters: { REFRESH_TOKEN: tokens.RefreshToken },
  });
  expect(refreshed.AuthenticationResult?.AccessToken).toBeTruthy();
}

describe("backup, restore and migrate", () => {
  let directory: string;
  let first: ServerProcess;
  let kept: Kept;
  let file: string;
  let summaries: string;
  const servers: ServerProcess[] = [];
  const place = (name: string) => join(directory, name);
  const withKeyOf = (name: string) => ["--key-file", join(place(name), "cognate.key")];
  const started = async (dataDir: string, environment: Record<string, string> = {}) => {
    const server = await startServerProcess({ dataDir, environment });
    servers.push(server);
    return server;
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "cognate-backup-"));
    first = await started(place("first"));
    const api = apiOf(first);
    kept = await prepared(api);
    // The backup is taken while the server writes.
    let writing = true;
    let written = 0;
    const writer = (async () => {
      while (writing) await makeUser(api, kept.UserPoolId, `busy${written++}`, { password: PASSWORD });
    })();
    file = place("backup.gz");
    const made = await cognate("backup", "--data-dir", place("first"), "--output", file);
    writing = false;
    await writer;
    expect(made).toMatchObject({ status: 0, errors: "" });
    expect(written).toBeGreaterThan(10);
    summaries = made.output;
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it("says what it wrote, table by table, and seals what the database seals", () => {
    expect(summaries).toMatch(/^user_pool +1 {2}[0-9a-f]{64}$/m);
    expect(summaries).toMatch(/^web_authn_credential +1 {2}[0-9a-f]{64}$/m);
    const content = gunzipSync(readFileSync(file)).toString();
    expect(content).toContain("ana");
    for (const secret of [PASSWORD, kept.totp.toString("base64"), kept.tokens.RefreshToken])
      expect(content).not.toContain(secret);
  });

  it("restores into a new data directory, where everybody gets in as before", async () => {
    const restored = await cognate("restore", file, "--data-dir", place("second"), ...withKeyOf("first"));
    expect(restored).toEqual({ status: 0, output: summaries, errors: "" });
    copyFileSync(join(place("first"), "cognate.key"), join(place("second"), "cognate.key"));
    const second = await started(place("second"));
    await everybodyGetsIn(apiOf(second), kept);
  });

  it("refuses to restore over what is there, and while a server has it", async () => {
    const onto = (name: string) => cognate("restore", file, "--data-dir", place(name), ...withKeyOf("first"));
    const taken = await onto("first");
    expect(taken).toMatchObject({ status: 2, output: "" });
    expect(taken.errors).toMatch(/Another process uses/);
    await cognate("restore", file, "--data-dir", place("third"), ...withKeyOf("first"));
    expect(await onto("third")).toMatchObject({ status: 2, output: "" });
    expect((await onto("third")).errors).toMatch(/is not empty/);
  });

  it("refuses to restore without the key or with another, and makes none", async () => {
    const without = await cognate("restore", file, "--data-dir", place("keyless"));
    expect(without).toMatchObject({ status: 2, output: "" });
    expect(without.errors).toMatch(/give the key-encryption key by COGNATE_KEY_FILE/);
    expect(readdirSync(place("keyless"))).not.toContain("cognate.key");
    await (await started(place("other"))).stop();
    const wrong = await cognate("restore", file, "--data-dir", place("keyless"), ...withKeyOf("other"));
    expect(wrong).toMatchObject({ status: 2, output: "" });
    expect(wrong.errors).toMatch(/is not the one these rows were sealed under/);
    // The refused attempts left an empty store: the right key fills it.
    const right = await cognate("restore", file, "--data-dir", place("keyless"), ...withKeyOf("first"));
    expect(right.output).toBe(summaries);
  });

  it("names what cannot be had", async () => {
    const nowhere = await cognate("backup", "--data-dir", place("nowhere"), "--output", place("x.gz"));
    expect(nowhere).toMatchObject({ status: 2, output: "" });
    expect(nowhere.errors).toMatch(/There is no database at/);
    expect(existsSync(place("x.gz"))).toBe(false);
    expect((await cognate("backup", "--data-dir", place("first"), "--output", file)).errors).toMatch(
      /there already/,
    );
    expect((await cognate("restore", place("none.gz"), "--data-dir", place("fourth"))).errors).toMatch(
      /is not a whole backup/,
    );
  });

  it.skipIf(postgres === null)(`migrates to PostgreSQL and back with equal rows ${reason}`, async () => {
    const database = await createDatabase(postgres ?? "");
    try {
      await cognate("restore", file, "--data-dir", place("fifth"), ...withKeyOf("first"));
      copyFileSync(join(place("first"), "cognate.key"), join(place("fifth"), "cognate.key"));
      const there = await cognate("migrate", "--from", place("fifth"), "--to", database);
      expect(there).toEqual({ status: 0, output: summaries, errors: "" });
      const copy = await cognate("backup", "--database-url", database, "--output", place("shared.gz"));
      expect(copy.output).toBe(summaries);
      const back = await cognate(
        "migrate",
        "--from",
        database,
        "--to",
        place("sixth"),
        ...withKeyOf("first"),
      );
      expect(back).toEqual({ status: 0, output: summaries, errors: "" });
    } finally {
      await dropDatabase(postgres ?? "", database);
    }
  });
});
