import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { totpCode } from "../../src/crypto/totp.ts";
import { claimsOf } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { fromBase32 } from "../support/base32.ts";
import { closeWithinModel, PASSWORD, secretHash } from "../support/builders.ts";
import { runCommand, runOnTerminal, terminalMissing } from "../support/command-line.ts";
import { arnOf, type FakeLambda, mappedTo, startFakeLambda } from "../support/fake-lambda.ts";
import { signedApi, startProduction } from "../support/production.ts";
import { OTHER_PASSWORD, OWN_SENDER, type Scene, SMS, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const MAIN = resolve(import.meta.dirname, "../../src/main.ts");
const EMAIL = "ana@example.com";
const ADDRESS = { email: EMAIL, email_verified: "true" };
const TRIGGERS = ["define", "create", "verify"];

describe("cognate login", () => {
  let lambda: FakeLambda;
  let world: World;
  let state: string;
  beforeAll(async () => {
    lambda = await startFakeLambda();
    world = await startWorld({ triggers: mappedTo(lambda.endpoint, TRIGGERS) });
  });
  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), "cognate-state-"));
    return () => rmSync(state, { recursive: true, force: true });
  });
  afterAll(async () => {
    await closeWithinModel(world);
    await lambda.close();
  });

  type Flow = NonNullable<Input<"CreateUserPoolClient">["ExplicitAuthFlows"]>[number];
  const flows = (...names: Flow[]) => ({ ExplicitAuthFlows: names });
  const words = ({ UserPoolId, ClientId }: Scene, ...more: string[]) => [
    "login",
    ...["--endpoint-url", world.url, "--pool", UserPoolId, "--client", ClientId, "--username", "ana"],
    ...more,
  ];
  /** On a pipe; each answer is a line. */
  const piped = (place: Scene, answers: readonly string[], ...more: string[]) =>
    runCommand(words(place, "--json", ...more), {
      env: { XDG_STATE_HOME: state },
      input: answers.map((line) => `${line}\n`).join(""),
    });
  const withAnswers = (place: Scene, answers: readonly string[], ...more: string[]) =>
    piped(place, answers, "--answers-stdin", ...more);
  /** The access token's claims of a run that gave tokens as JSON and nothing else on standard output. */
  function signedIn(run: { status: number; output: string; errors?: string }) {
    expect(run).toMatchObject({ status: 0 });
    const result = JSON.parse(run.output);
    expect(Object.keys(result)).toEqual(
      expect.arrayContaining(["AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType"]),
    );
    return claimsOf(result.AccessToken);
  }

  /** A pool that requires codes by e-mail after the password. */
  async function withEmailMfa() {
    const place = await scene(world, {
      EmailConfiguration: OWN_SENDER,
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: "admin_only", Priority: 1 }] },
    });
    await place.api("SetUserPoolMfaConfig", {
      UserPoolId: place.UserPoolId,
      MfaConfiguration: "ON",
      EmailMfaConfiguration: {},
    });
    return place;
  }

  describe("the flows", () => {
    it.each(["srp", "password", "admin-password"])("signs in by %s", async (flow) => {
      const place = await scene(
        world,
        {},
        flows("ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"),
      );
      await place.user("ana");
      expect(signedIn(await piped(place, [PASSWORD], "--password-stdin", "--flow", flow))).toMatchObject({
        username: "ana",
        client_id: place.ClientId,
      });
      expect(await piped(place, [OTHER_PASSWORD], "--password-stdin", "--flow", flow)).toMatchObject({
        status: 1,
        output: "",
        errors: "cognate: NotAuthorizedException: Incorrect username or password.\n",
      });
    });

    it("takes the first flow that the client allows, and says which those are", async () => {
      const place = await scene(world, {}, flows("ALLOW_USER_AUTH"));
      await place.user("ana");
      expect(signedIn(await withAnswers(place, ["PASSWORD_SRP", PASSWORD]))).toMatchObject({
        username: "ana",
      });
      expect(await withAnswers(place, [], "--flow", "srp")).toMatchObject({
        status: 2,
        errors: "cognate: the client client does not allow the flow srp; it allows: user-auth\n",
      });
      const refreshOnly = await place.client(flows("ALLOW_REFRESH_TOKEN_AUTH"));
      expect((await withAnswers(refreshOnly, [])).errors).toContain("nobody can sign in to the client");
    });

    it.each(["PASSWORD", "PASSWORD_SRP", "1"])("chooses %s where the user may choose", async (choice) => {
      const place = await scene(
        world,
        { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } } },
        flows("ALLOW_USER_AUTH"),
      );
      await place.user("ana", ADDRESS);
      signedIn(await withAnswers(place, [choice, PASSWORD]));
    });

    it("signs in without a password by a code from the inbox", async () => {
      const place = await scene(
        world,
        { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } } },
        flows("ALLOW_USER_AUTH"),
      );
      await place.user("ana", ADDRESS);
      const run = await withAnswers(place, ["EMAIL_OTP"], "--inbox");
      signedIn(run);
      expect(run.errors).toContain("A code was sent by EMAIL to a***@e***.\n");
    });

    it.each(["custom", "custom-srp"])("shows what a %s challenge says and sends the answer", async (flow) => {
      lambda.reset();
      lambda.on("define", (event) => {
        const rounds = event.request.session as { challengeName: string; challengeResult: boolean }[];
        const last = rounds.at(-1);
        if (last?.challengeName === "SRP_A") event.response = { challengeName: "PASSWORD_VERIFIER" };
        else if (last?.challengeName === "CUSTOM_CHALLENGE")
          event.response = { issueTokens: last.challengeResult };
        else event.response = { challengeName: "CUSTOM_CHALLENGE" };
        event.response = { issueTokens: false, failAuthentication: false, ...event.response };
      });
      lambda.on("create", (event) => {
        event.response = {
          publicChallengeParameters: { riddle: "6 × 7" },
          privateChallengeParameters: { answer: "42" },
        };
      });
      lambda.on("verify", (event) => {
        event.response = { answerCorrect: event.request.challengeAnswer === "42" };
      });
      const place = await scene(
        world,
        {
          LambdaConfig: {
            DefineAuthChallenge: arnOf("define"),
            CreateAuthChallenge: arnOf("create"),
            VerifyAuthChallengeResponse: arnOf("verify"),
          },
        },
        flows("ALLOW_CUSTOM_AUTH"),
      );
      await place.user("ana");
      const run = await withAnswers(place, [...(flow === "custom" ? [] : [PASSWORD]), "42"], "--flow", flow);
      signedIn(run);
      expect(run.errors).toContain("riddle: 6 × 7\n");
    });

    it("computes SECRET_HASH with the client's secret, looked up or given", async () => {
      const place = await scene(
        world,
        {},
        { GenerateSecret: true, ...flows("ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH") },
      );
      await place.invited("ana");
      signedIn(await withAnswers(place, [PASSWORD, OTHER_PASSWORD]));
      signedIn(await piped(place, [OTHER_PASSWORD], "--password-stdin", "--flow", "password"));
      const wrong = ["--client-secret-stdin", "--password-stdin"];
      expect(await piped(place, ["not the secret", OTHER_PASSWORD], ...wrong)).toMatchObject({
        status: 1,
        errors: expect.stringContaining("Unable to verify secret hash for client"),
      });
    });
  });

  describe("a temporary password", () => {
    it("is replaced and gives tokens, with the attributes that the pool requires, on a pipe", async () => {
      const place = await scene(world, {
        Schema: [{ Name: "name", AttributeDataType: "String", Required: true, Mutable: true }],
      });
      await place.invited("ana", {});
      const run = await withAnswers(place, [PASSWORD, OTHER_PASSWORD, "Ana Lima"]);
      signedIn(run);
      expect(run.errors).toContain("The password is a temporary one: choose your own.\n");
      expect(await place.status("ana")).toBe("CONFIRMED");
      expect(await place.attributes("ana")).toMatchObject({ name: "Ana Lima" });
    });

    it.skipIf(terminalMissing)(
      `is replaced at a terminal, which shows no password${terminalMissing ? `: ${terminalMissing}` : ""}`,
      async () => {
        const place = await scene(world);
        await place.invited("ana");
        const { status, output } = await runOnTerminal(words(place), {
          answers: [
            { after: "Password: ", type: PASSWORD },
            { after: "New password: ", type: "short" },
            { after: "The same again: ", type: "short" },
            { after: /policy.*New password: /s, type: OTHER_PASSWORD },
            { after: "The same again: ", type: "another" },
            { after: "two different passwords", type: OTHER_PASSWORD },
            { after: "The same again: ", type: OTHER_PASSWORD },
          ],
        });
        expect(output).toMatch(/AccessToken eyJ[\w.-]+\r\nIdToken eyJ[\w.-]+\r\nRefreshToken \S+\r\n/);
        expect(status).toBe(0);
        for (const secret of [PASSWORD, OTHER_PASSWORD]) expect(output).not.toContain(secret);
        expect(await place.status("ana")).toBe("CONFIRMED");
      },
    );

    it.skipIf(awsCliMissing)("is replaced by AWS's own commands too, by either road", async () => {
      const place = await scene(world);
      const aws = awsCli(world.url);
      const at = ["--user-pool-id", place.UserPoolId, "--client-id", place.ClientId];
      for (const [initiate, respond, flow, where] of [
        ["initiate-auth", "respond-to-auth-challenge", "USER_PASSWORD_AUTH", at.slice(2)],
        ["admin-initiate-auth", "admin-respond-to-auth-challenge", "ADMIN_NO_SRP_AUTH", at],
      ] as const) {
        const set = ["admin-set-user-password", ...at.slice(0, 2), "--username", "ana"];
        await place.invited("ana").catch(() => aws(...set, "--password", PASSWORD, "--no-permanent"));
        expect(await place.status("ana")).toBe("FORCE_CHANGE_PASSWORD");
        const begun = await aws(
          initiate,
          ...where,
          ...["--auth-flow", flow, "--auth-parameters", `USERNAME=ana,PASSWORD=${PASSWORD}`],
        );
        expect(begun.output).toMatchObject({ ChallengeName: "NEW_PASSWORD_REQUIRED" });
        const ended = await aws(
          respond,
          ...where,
          ...["--challenge-name", "NEW_PASSWORD_REQUIRED", "--session", begun.output.Session],
          ...["--challenge-responses", `USERNAME=ana,NEW_PASSWORD=${OTHER_PASSWORD}`],
        );
        expect(ended.output.AuthenticationResult.AccessToken).toMatch(/^eyJ/);
        expect(await place.status("ana")).toBe("CONFIRMED");
      }
    });
  });

  describe("a second factor", () => {
    it("comes after the new password: a code by e-mail, read from the inbox", async () => {
      const place = await withEmailMfa();
      await place.invited("ana", ADDRESS);
      const run = await withAnswers(place, [PASSWORD, OTHER_PASSWORD], "--inbox");
      signedIn(run);
      expect(run.errors).toMatch(
        /temporary one[\s\S]*sent by EMAIL to a\*\*\*@e\*\*\*[\s\S]*read from the inbox/,
      );
      // Twice: the code of the first sign-in does not count for the second.
      signedIn(await withAnswers(place, [OTHER_PASSWORD], "--inbox"));
    });

    it.skipIf(awsCliMissing)("comes after the new password by AWS's own commands too", async () => {
      const place = await withEmailMfa();
      await place.invited("ana", ADDRESS);
      const aws = awsCli(world.url);
      const client = ["--client-id", place.ClientId];
      const begun = await aws(
        ...["initiate-auth", ...client, "--auth-flow", "USER_PASSWORD_AUTH"],
        ...["--auth-parameters", `USERNAME=ana,PASSWORD=${PASSWORD}`],
      );
      expect(begun.output.ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
      const respond = ["respond-to-auth-challenge", ...client, "--challenge-name"];
      const next = await aws(
        ...[...respond, "NEW_PASSWORD_REQUIRED", "--session", begun.output.Session],
        ...["--challenge-responses", `USERNAME=ana,NEW_PASSWORD=${OTHER_PASSWORD}`],
      );
      expect(next.output).toMatchObject({
        ChallengeName: "EMAIL_OTP",
        ChallengeParameters: { CODE_DELIVERY_DESTINATION: "a***@e***" },
      });
      const ended = await aws(
        ...[...respond, "EMAIL_OTP", "--session", next.output.Session],
        ...["--challenge-responses", `USERNAME=ana,EMAIL_OTP_CODE=${await place.code(EMAIL)}`],
      );
      expect(ended.output.AuthenticationResult.AccessToken).toMatch(/^eyJ/);
    });

    it.skipIf(terminalMissing)("comes after the new password at a terminal too", async () => {
      const place = await withEmailMfa();
      await place.invited("ana", ADDRESS);
      const { status, output } = await runOnTerminal(words(place, "--inbox"), {
        answers: [
          { after: "Password: ", type: PASSWORD },
          { after: "New password: ", type: OTHER_PASSWORD },
          { after: "The same again: ", type: OTHER_PASSWORD },
        ],
      });
      expect(output).toMatch(/temporary one[\s\S]*sent by EMAIL to a\*\*\*@e\*\*\*[\s\S]*AccessToken eyJ/);
      expect(status).toBe(0);
    });

    it.skipIf(terminalMissing)("may be typed again at a terminal after a wrong code", async () => {
      const place = await withEmailMfa();
      await place.user("ana", ADDRESS);
      const { status, output } = await runOnTerminal(words(place, "--export"), {
        answers: [
          { after: "Password: ", type: PASSWORD },
          { after: "Code: ", type: "12" },
          { after: "Code: ", type: "34" },
          { after: "Code: ", type: "56" },
        ],
      });
      expect(output.match(/Code: /g)).toHaveLength(3);
      expect(output).toContain("cognate: CodeMismatchException: Invalid code or auth state for the user.");
      expect(status).toBe(1);
    });

    it("is set up where it is missing: an app's secret, shown as an address too, and its code", async () => {
      const place = await scene(world);
      await place.api("SetUserPoolMfaConfig", {
        UserPoolId: place.UserPoolId,
        MfaConfiguration: "ON",
        SoftwareTokenMfaConfiguration: { Enabled: true },
      });
      await place.user("ana");
      // Standard input stays open: each answer is given when it is asked for.
      const child = spawn(process.execPath, [MAIN, ...words(place, "--json", "--answers-stdin")], {
        env: { PATH: process.env.PATH ?? "", HOME: state },
      });
      let [output, errors, given] = ["", "", false];
      child.stdin.write(`${PASSWORD}\n`);
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        errors += text;
        const [, secret] =
          /otpauth:\/\/totp\/us-east-1_\w+:ana\?secret=([A-Z2-7]+)&issuer=us-east-1_\w+\n/.exec(errors) ?? [];
        if (!secret || given) return;
        given = true;
        const step = Math.floor(world.server.services.clock.now() / 30_000);
        child.stdin.write(`${totpCode(fromBase32(secret), step)}\n`);
      });
      const status = await new Promise<number | null>((done) => child.once("close", done));
      expect(signedIn({ status: status ?? 1, output, errors })).toMatchObject({ username: "ana" });
      const later = await withAnswers(place, [PASSWORD, "000000"]);
      expect(later).toMatchObject({
        status: 1,
        errors: expect.stringContaining("CodeMismatchException: Invalid code received for user"),
      });
    });

    it("is set up with an address where codes go by e-mail and the user has none", async () => {
      const place = await withEmailMfa();
      await place.user("ana");
      const run = await withAnswers(place, [PASSWORD, EMAIL], "--inbox");
      signedIn(run);
      expect(run.errors).toMatch(/second factor is required[\s\S]*sent by EMAIL to a\*\*\*@e\*\*\*/);
      expect(await place.attributes("ana")).toMatchObject(ADDRESS);
    });

    it("is a code by SMS where the user has a phone, also as the only factor", async () => {
      const phone = { phone_number: "+12065550100", phone_number_verified: "true" };
      const place = await scene(
        world,
        {
          SmsConfiguration: SMS,
          Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "SMS_OTP"] } },
        },
        flows("ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH"),
      );
      await place.user("ana", phone);
      signedIn(await withAnswers(place, ["SMS_OTP"], "--flow", "user-auth", "--inbox"));
      const required = await scene(world, { SmsConfiguration: SMS }, flows("ALLOW_USER_SRP_AUTH"));
      await required.user("ana", phone);
      await required.api("SetUserPoolMfaConfig", {
        UserPoolId: required.UserPoolId,
        MfaConfiguration: "ON",
        SmsMfaConfiguration: { SmsConfiguration: SMS },
      });
      const run = await withAnswers(required, [PASSWORD], "--inbox");
      signedIn(run);
      expect(run.errors).toContain("A code was sent by SMS to +*******0100.\n");
    });

    it("is chosen where there are several", async () => {
      const place = await withEmailMfa();
      await place.api("SetUserPoolMfaConfig", {
        UserPoolId: place.UserPoolId,
        MfaConfiguration: "ON",
        EmailMfaConfiguration: {},
        SoftwareTokenMfaConfiguration: { Enabled: true },
      });
      await place.user("ana", ADDRESS);
      // The first one is all there is; with an app there are two.
      const first = await withAnswers(place, [PASSWORD], "--inbox");
      const { AccessToken } = JSON.parse(first.output);
      const { SecretCode = "" } = await place.api("AssociateSoftwareToken", { AccessToken });
      const step = Math.floor(world.server.services.clock.now() / 30_000);
      await place.api("VerifySoftwareToken", {
        AccessToken,
        UserCode: totpCode(fromBase32(SecretCode), step),
      });
      await place.api("AdminSetUserMFAPreference", {
        UserPoolId: place.UserPoolId,
        Username: "ana",
        EmailMfaSettings: { Enabled: true },
        SoftwareTokenMfaSettings: { Enabled: true },
      });
      signedIn(await withAnswers(place, [PASSWORD, "EMAIL_OTP"], "--inbox"));
      signedIn(
        await withAnswers(place, [
          PASSWORD,
          "software_token_mfa",
          totpCode(fromBase32(SecretCode), step + 1),
        ]),
      );
      expect(await withAnswers(place, [PASSWORD, "PIGEON"])).toMatchObject({
        status: 2,
        errors: expect.stringContaining("SELECT_MFA_TYPE is none of"),
      });
    });

    it("is not needed on a device that was remembered, whose secret is in a file of its owner's alone", async () => {
      const place = await scene(
        world,
        {
          EmailConfiguration: OWN_SENDER,
          DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true },
        },
        flows("ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"),
      );
      await place.api("SetUserPoolMfaConfig", {
        UserPoolId: place.UserPoolId,
        MfaConfiguration: "ON",
        EmailMfaConfiguration: {},
      });
      await place.user("ana", ADDRESS);
      const file = join(state, "cognate/devices.json");
      signedIn(await withAnswers(place, [PASSWORD], "--inbox"));
      expect(() => statSync(file)).toThrow("ENOENT");
      const first = await withAnswers(place, [PASSWORD], "--inbox", "--remember-device");
      signedIn(first);
      expect(first.errors).toContain(`this device is remembered, in ${file}\n`);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      // No line for a code, and no inbox: the device proves itself.
      for (const flow of ["srp", "password"])
        expect(signedIn(await withAnswers(place, [PASSWORD], "--flow", flow))).toMatchObject({
          device_key: expect.stringMatching(/^us-east-1_/),
        });
      // The server forgets it: so does this side, and the code is asked for again.
      const { Devices = [] } = await place.api("AdminListDevices", {
        UserPoolId: place.UserPoolId,
        Username: "ana",
      });
      for (const { DeviceKey = "" } of Devices)
        await place.api("AdminForgetDevice", { UserPoolId: place.UserPoolId, Username: "ana", DeviceKey });
      const forgotten = await withAnswers(place, [PASSWORD], "--inbox");
      signedIn(forgotten);
      expect(forgotten.errors).toContain("read from the inbox");
      writeFileSync(file, "{");
      expect(await withAnswers(place, [PASSWORD])).toMatchObject({
        status: 1,
        errors: expect.stringContaining(`${file} cannot be read`),
      });
      expect(readFileSync(file, "utf8")).toBe("{");
    });
  });

  describe("a password that was reset", () => {
    async function reset() {
      const place = await scene(world, {}, flows("ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"));
      await place.user("ana", ADDRESS);
      await place.api("AdminResetUserPassword", { UserPoolId: place.UserPoolId, Username: "ana" });
      return place;
    }

    it.each(["srp", "password"])("is replaced with the code that was sent, by %s", async (flow) => {
      const place = await reset();
      const run = await withAnswers(place, [PASSWORD, OTHER_PASSWORD], "--flow", flow, "--inbox");
      signedIn(run);
      expect(run.errors).toContain("An administrator has reset the password");
      expect(await place.messagesTo(EMAIL)).toBe(1);
      expect(await place.status("ana")).toBe("CONFIRMED");
    });

    it("has a new code sent for an empty line", async () => {
      const place = await reset();
      const run = await withAnswers(place, [PASSWORD, "", "000000", OTHER_PASSWORD]);
      expect(run).toMatchObject({ status: 1, output: "" });
      expect(run.errors).toMatch(
        /A code was sent by EMAIL to a\*\*\*@e\*\*\*\.\ncognate: CodeMismatchException: /,
      );
      expect(await place.messagesTo(EMAIL)).toBe(2);
      signedIn(await withAnswers(place, [PASSWORD, await place.code(EMAIL), OTHER_PASSWORD]));
    });

    it.skipIf(terminalMissing)("is replaced at a terminal", async () => {
      const place = await reset();
      const { status, output } = await runOnTerminal(words(place), {
        answers: [
          { after: "Password: ", type: PASSWORD },
          { after: "send a new one): ", type: await place.code(EMAIL) },
          { after: "New password: ", type: OTHER_PASSWORD },
          { after: "The same again: ", type: OTHER_PASSWORD },
        ],
      });
      expect(output).toContain("AccessToken eyJ");
      expect(status).toBe(0);
    });

    it.skipIf(awsCliMissing)("is replaced by AWS's own commands too", async () => {
      const place = await reset();
      const aws = awsCli(world.url);
      const client = ["--client-id", place.ClientId];
      const signIn = (password: string) =>
        aws(
          ...["initiate-auth", ...client, "--auth-flow", "USER_PASSWORD_AUTH"],
          ...["--auth-parameters", `USERNAME=ana,PASSWORD=${password}`],
        );
      expect((await signIn(PASSWORD)).errorCode).toBe("PasswordResetRequiredException");
      const confirmed = await aws(
        ...["confirm-forgot-password", ...client, "--username", "ana", "--password", OTHER_PASSWORD],
        ...["--confirmation-code", await place.code(EMAIL)],
      );
      expect(confirmed.status).toBe(0);
      expect((await signIn(OTHER_PASSWORD)).output.AuthenticationResult.AccessToken).toMatch(/^eyJ/);
    });
  });

  it("confirms a user who signed up", async () => {
    const place = await scene(
      world,
      { AutoVerifiedAttributes: ["email"] },
      { GenerateSecret: true, ...flows("ALLOW_USER_SRP_AUTH") },
    );
    const { UserPoolClient = {} } = await place.api("DescribeUserPoolClient", {
      UserPoolId: place.UserPoolId,
      ClientId: place.ClientId,
    });
    await place.api("SignUp", {
      ClientId: place.ClientId,
      SecretHash: secretHash(UserPoolClient, "ana"),
      Username: "ana",
      Password: PASSWORD,
      UserAttributes: [{ Name: "email", Value: EMAIL }],
    });
    signedIn(await withAnswers(place, [PASSWORD], "--inbox"));
    expect(await place.status("ana")).toBe("CONFIRMED");
  });

  it("needs no credentials where pool and client are named by their ids", async () => {
    const production = await startProduction();
    try {
      const api = signedApi(production.url, production.root);
      const { UserPool } = await api("CreateUserPool", { PoolName: "shop" });
      const UserPoolId = UserPool?.Id ?? "";
      const { UserPoolClient } = await api("CreateUserPoolClient", {
        UserPoolId,
        ClientName: "web",
        GenerateSecret: true,
      });
      const { ClientId = "", ClientSecret = "" } = UserPoolClient ?? {};
      await api("AdminCreateUser", {
        UserPoolId,
        Username: "ana",
        TemporaryPassword: PASSWORD,
        MessageAction: "SUPPRESS",
      });
      const run = (client: string, ...more: string[]) =>
        runCommand(
          [
            ...["login", "--endpoint-url", production.url, "--pool", UserPoolId, "--client", client],
            ...["--username", "ana", "--json", "--answers-stdin", ...more],
          ],
          { input: [...(more.length > 0 ? [ClientSecret] : []), PASSWORD, OTHER_PASSWORD].join("\n") },
        );
      const without = await run(ClientId);
      expect(without).toMatchObject({ status: 1, output: "" });
      expect(without.errors).toMatch(
        /settings cannot be read \(\w+\); if it has a secret, give it with --client-secret-stdin/,
      );
      expect(signedIn(await run(ClientId, "--client-secret-stdin"))).toMatchObject({ username: "ana" });
      expect((await run("web")).status).toBe(1);
      // The same server by an address that is not known to be this machine's.
      const { port } = new URL(production.url);
      const elsewhere = await runCommand(
        [
          ...["login", "--endpoint-url", `http://[::ffff:127.0.0.1]:${port}`, "--pool", UserPoolId],
          ...[
            "--client",
            ClientId,
            "--username",
            "ana",
            "--client-secret-stdin",
            "--password-stdin",
            "--json",
          ],
        ],
        { input: `${ClientSecret}\n${OTHER_PASSWORD}\n`, env: { AWS_EC2_METADATA_DISABLED: "true" } },
      );
      signedIn(elsewhere);
      expect(elsewhere.errors).toContain(`at http://[::ffff:7f00:1]:${port} (us-east-1)\n`);
    } finally {
      await production.close();
    }
  });

  describe("what it is told and tells", () => {
    it("finds the only client by itself, one by name, and says which there are", async () => {
      const place = await scene(world, { PoolName: "shop" });
      await place.user("ana");
      const only = ["login", "--endpoint-url", world.url, "--pool", "shop", "--username", "ana"];
      const run = (...more: string[]) =>
        runCommand([...only, "--password-stdin", ...more], { input: PASSWORD });
      expect(await run()).toMatchObject({ status: 0 });
      const other = await place.client({ ClientName: "mobile" });
      expect(await run("--client", "mobile")).toMatchObject({ status: 0 });
      for (const [more, sentence] of [
        [[], "say which client with --client; there are: "],
        [["--client", "desktop"], "there is no client desktop in shop; there are: "],
      ] as const) {
        const { status, errors } = await run(...more);
        expect([status, errors]).toEqual([2, expect.stringContaining(sentence)]);
        for (const { ClientId } of [place, other]) expect(errors).toContain(ClientId);
      }
    });

    it.skipIf(terminalMissing)("ends without tokens when a person gives up at a question", async () => {
      const place = await scene(world);
      await place.user("ana");
      const { status, output } = await runOnTerminal(words(place), {
        answers: [{ after: "Password: ", type: "\u0003" }],
      });
      expect(status).toBe(1);
      expect(output).toContain("cognate: Aborted with Ctrl+C");
      expect(output).not.toContain("eyJ");
    });

    it("prints lines that a shell reads", async () => {
      const place = await scene(world);
      await place.user("ana");
      const args = words(place, "--password-stdin", "--export");
      const { output } = await runCommand(args, { input: `${PASSWORD}\n` });
      expect(output).toMatch(
        /^export ACCESS_TOKEN='eyJ[\w.-]+'\nexport ID_TOKEN='eyJ[\w.-]+'\nexport REFRESH_TOKEN='\S+'\n$/,
      );
    });

    it("fails clearly where nobody can be asked, or no line is left", async () => {
      const place = await withEmailMfa();
      await place.user("ana", ADDRESS);
      expect(await piped(place, [])).toMatchObject({
        status: 2,
        errors:
          "cognate: PASSWORD is needed and nobody can be asked here: give the answers with --answers-stdin, a line each\n",
      });
      expect(await withAnswers(place, [PASSWORD])).toMatchObject({
        status: 2,
        output: "",
        errors: expect.stringContaining(
          "cognate: EMAIL_OTP_CODE is needed and standard input has no line left\n",
        ),
      });
      expect((await piped(place, [], "--flow", "carrier-pigeon")).errors).toContain(
        "Allowed choices are srp, password",
      );
      expect((await piped(place, [], "--usrname", "x")).errors).toContain("Did you mean --username?");
      expect(await piped(place, [], "--password", "x")).toMatchObject({ status: 1, output: "" });
    });
  });
});

describe("cognate inbox", () => {
  it("says of a server that sends its messages that it has none, and so does --inbox", async () => {
    const production = await startProduction();
    try {
      const sentence = `cognate: ${production.url} has no inbox: only a server in development mode keeps messages ("cognate start --dev"); others send them\n`;
      for (const more of [[], ["--json"], ["--follow"], ["--pool", "shop"]])
        expect(await runCommand(["inbox", "--endpoint-url", production.url, ...more])).toEqual({
          status: 2,
          output: "",
          errors: sentence,
        });
      const login = [
        "login",
        "--pool",
        "us-east-1_abc",
        "--client",
        "abcdefghijklmnopqrstuvwxyz",
        "--username",
        "ana",
      ];
      const { status, errors } = await runCommand(
        [...login, "--endpoint-url", production.url, "--password-stdin", "--inbox"],
        { input: PASSWORD },
      );
      expect([status, errors]).toEqual([2, expect.stringContaining(sentence)]);
    } finally {
      await production.close();
    }
  });

  it("shows what was sent, to a person and to a program, and follows", async () => {
    const world = await startWorld();
    try {
      const place = await scene(world, { PoolName: "shop", AutoVerifiedAttributes: ["email"] });
      const other = await scene(world, { PoolName: "other", AutoVerifiedAttributes: ["email"] });
      const signUp = (where: Scene, name: string) =>
        where.api("SignUp", {
          ClientId: where.ClientId,
          Username: name,
          Password: PASSWORD,
          UserAttributes: [{ Name: "email", Value: `${name}@example.com` }],
        });
      const inbox = (...more: string[]) => runCommand(["inbox", "--endpoint-url", world.url, ...more]);
      expect(await inbox()).toEqual({ status: 0, output: "", errors: "no messages\n" });
      for (const [where, name] of [
        [place, "ana"],
        [place, "ben"],
        [other, "cleo"],
      ] as const)
        await signUp(where, name);
      await expect.poll(async () => (await world.inbox()).length).toBe(3);
      const all = await inbox("--json");
      expect(JSON.parse(all.output)).toEqual(await world.inbox());
      const names = async (...more: string[]) =>
        JSON.parse((await inbox("--json", ...more)).output).map(
          ({ username }: { username: string }) => username,
        );
      expect(await names("--pool", "shop")).toEqual(["ben", "ana"]);
      expect(await names("--pool", other.UserPoolId)).toEqual(["cleo"]);
      expect(await names("--to", "ana@example.com")).toEqual(["ana"]);
      const code = await place.code("ana@example.com");
      expect((await inbox("--to", "ana@example.com")).output).toMatch(
        new RegExp(`^\\S+Z\\tEMAIL\\tana@example.com\\tSignUp\\t${code}\\n  for ana: .+\\n  .*${code}`),
      );
      const follower = spawn(
        process.execPath,
        [MAIN, "inbox", "--endpoint-url", world.url, "--follow", "--json"],
        {
          env: { PATH: process.env.PATH ?? "" },
        },
      );
      let lines = "";
      follower.stdout.setEncoding("utf8").on("data", (text: string) => {
        lines += text;
      });
      const seen = () =>
        lines
          .split("\n")
          .slice(0, -1)
          .map((line) => JSON.parse(line).username);
      await expect.poll(seen, { timeout: 20_000 }).toEqual(["ana", "ben", "cleo"]);
      await signUp(place, "dora");
      await expect.poll(seen, { timeout: 20_000 }).toEqual(["ana", "ben", "cleo", "dora"]);
      follower.kill("SIGKILL");
    } finally {
      await world.close();
    }
  });
});
