import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Explanation } from "../../src/domain/explanation/index.ts";
import { refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, PASSWORD } from "../support/builders.ts";
import { runCommand, runOnTerminal, terminalMissing } from "../support/command-line.ts";
import { OTHER_PASSWORD, OWN_SENDER, type Scene, scene } from "../support/scene.ts";
import { meanFaults } from "../support/watch-answers.ts";
import {
  type Interceptor,
  startWireProxy,
  type WireProxy,
  withoutOwnOperations,
} from "../support/wire-proxy.ts";
import { startWorld, type World } from "../support/world.ts";

const EMAIL = "ana@example.com";
const ESCAPE = "\u001b[";

let world: World;
let directory: string;
beforeAll(async () => {
  world = await startWorld();
  directory = mkdtempSync(join(tmpdir(), "cognate-tasks-"));
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await closeWithinModel(world);
});

/** `cognate user …` on this scene's pool, with pipes around it. */
const user = (
  { UserPoolId }: Scene,
  args: readonly string[],
  { input, url = world.url }: { input?: string; url?: string } = {},
) =>
  runCommand(["user", ...args, "--pool", UserPoolId], {
    env: { AWS_ENDPOINT_URL: url },
    ...(input === undefined ? {} : { input }),
  });

const onTerminal = (
  { UserPoolId }: Scene,
  args: readonly string[],
  answers: Parameters<typeof runOnTerminal>[1] = {},
) =>
  runOnTerminal(["user", ...args, "--pool", UserPoolId], {
    ...answers,
    env: { AWS_ENDPOINT_URL: world.url },
  });

/** What a script reads from `Name<tab>value` lines. */
const fields = (output: string): Record<string, string> =>
  Object.fromEntries(
    output
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t") as [string, string]),
  );

async function withProxy<T>(intercept: Interceptor, work: (proxy: WireProxy) => Promise<T>): Promise<T> {
  const proxy = await startWireProxy(world.url, intercept);
  try {
    return await work(proxy);
  } finally {
    await proxy.close();
  }
}

describe("cognate user create", () => {
  it("makes a confirmed user of an e-mail address, who signs in with the password that is printed once", async () => {
    const place = await scene(world);
    const { status, output, errors } = await user(place, ["create", EMAIL, "--generate"]);
    expect([status, errors]).toEqual([0, ""]);
    const { Username, UserStatus, Password = "" } = fields(output);
    expect([Username, UserStatus]).toEqual([EMAIL, "CONFIRMED"]);
    expect(output.split(Password)).toHaveLength(2);
    expect(await place.attributes(EMAIL)).toEqual({ email: EMAIL, email_verified: "true" });
    await place.tokens(EMAIL, Password);
    expect(await place.messagesTo(EMAIL)).toBe(0);
  });

  it("prints one JSON document with --json", async () => {
    const place = await scene(world);
    const { output } = await user(place, ["create", "ana", "--generate", "--json"]);
    const { Password, ...made } = JSON.parse(output);
    expect(made).toEqual({
      UserPoolId: place.UserPoolId,
      Username: "ana",
      UserStatus: "CONFIRMED",
      Enabled: true,
    });
    await place.tokens("ana", Password);
  });

  it("takes the password from standard input and does not repeat it", async () => {
    const place = await scene(world);
    const { status, output, errors } = await user(place, ["create", "ana", "--password-stdin"], {
      input: `${PASSWORD}\n`,
    });
    expect(status).toBe(0);
    expect(output + errors).not.toContain(PASSWORD);
    await place.tokens("ana");
  });

  it.skipIf(terminalMissing)("asks for the password on a terminal, twice, without showing it", async () => {
    const place = await scene(world);
    const answers = [
      { after: "Password: ", type: PASSWORD },
      { after: "Again: ", type: PASSWORD },
    ];
    const { status, output } = await onTerminal(place, ["create", "ana", "--prompt"], { answers });
    expect(status, output).toBe(0);
    expect(output).not.toContain(PASSWORD);
    expect(output).toContain("CONFIRMED");
    await place.tokens("ana");
    const different = [answers[0], { after: "Again: ", type: OTHER_PASSWORD }] as typeof answers;
    const second = await onTerminal(place, ["create", "bob", "--prompt"], { answers: different });
    expect([second.status, second.output]).toEqual([2, expect.stringContaining("the two passwords differ")]);
    expect(await refusal(place.status("bob"))).toContain("UserNotFoundException");
  });

  it("invites an address by default, and the temporary password of the message leads to tokens", async () => {
    const place = await scene(world);
    const { status, output } = await user(place, ["create", EMAIL]);
    expect([status, fields(output).UserStatus]).toEqual([0, "FORCE_CHANGE_PASSWORD"]);
    const { Session, ChallengeName } = await place.signIn(EMAIL, await place.code(EMAIL));
    expect(ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
    const responses = { USERNAME: EMAIL, NEW_PASSWORD: PASSWORD };
    const { AuthenticationResult } = await place.answer("NEW_PASSWORD_REQUIRED", Session, responses);
    expect(AuthenticationResult?.AccessToken).toBeDefined();
  });

  it("knows pools whose users sign in with an address, and those where it is an alias", async () => {
    for (const settings of [{ UsernameAttributes: ["email"] }, { AliasAttributes: ["email"] }] as const) {
      const place = await scene(world, settings as object);
      const { status, output, errors } = await user(place, ["create", EMAIL, "--generate"]);
      expect([status, errors]).toEqual([0, ""]);
      const { Username = "", Password = "" } = fields(output);
      expect(Username).toMatch(/^[0-9a-f-]{36}$/);
      await place.tokens(EMAIL, Password);
      await place.tokens(Username, Password);
    }
  });

  it("puts the user into groups and gives attributes; a group that is missing names those there are", async () => {
    const place = await scene(world);
    for (const GroupName of ["admins", "staff"])
      await place.api("CreateGroup", { UserPoolId: place.UserPoolId, GroupName });
    const wrong = await user(place, ["create", "ana", "--generate", "--group", "adminz"]);
    expect([wrong.status, wrong.output]).toEqual([2, ""]);
    expect(wrong.errors).toMatch(/there is no group adminz in pool; there are: admins, staff/);
    expect(await refusal(place.status("ana"))).toContain("UserNotFoundException");
    const more = ["--group", "staff", "--group", "admins", "--attribute", "given_name=Ana=Maria"];
    const { status, output } = await user(place, ["create", "ana", "--generate", ...more]);
    expect([status, fields(output).Groups]).toEqual([0, "staff,admins"]);
    expect(await place.attributes("ana")).toEqual({ given_name: "Ana=Maria" });
    const of = { UserPoolId: place.UserPoolId, Username: "ana" };
    const { Groups = [] } = await place.api("AdminListGroupsForUser", of);
    expect(Groups.map(({ GroupName }) => GroupName).sort()).toEqual(["admins", "staff"]);
  });

  it.each([
    ["a password that the policy refuses", ["--password-stdin"], "the pool's policy refuses the password"],
    ["nobody to ask", ["--prompt"], "nobody can be asked here"],
    ["no password for a name without an address", [], "there is no address to invite"],
    ["no password for a confirmed user", ["--confirmed"], "a password is needed"],
    ["two passwords", ["--generate", "--password-stdin"], "give one of --password-stdin"],
    ["an attribute without a value", ["--generate", "--attribute", "name"], "name is not an attribute"],
  ])("makes nobody with %s", async (_, args, words) => {
    const place = await scene(world);
    const { status, output, errors } = await user(place, ["create", "ana", ...args], { input: "short" });
    expect([status, output]).toEqual([2, ""]);
    expect(errors).toContain(words);
    expect(await refusal(place.status("ana"))).toContain("UserNotFoundException");
  });

  it("does not know an option for a password in the arguments, and suggests the nearest of those it knows", async () => {
    const place = await scene(world);
    const { status, errors } = await user(place, ["create", "ana", "--generat"]);
    expect([status, errors]).toEqual([1, expect.stringContaining("Did you mean --generate?")]);
    const { errors: unknown } = await user(place, ["create", "ana", "--password", PASSWORD]);
    expect(unknown).toContain("unknown option '--password'");
  });

  it("names the pools there are for one that is not, and the server when nobody answers", async () => {
    await scene(world, { PoolName: "another" });
    const env = { AWS_ENDPOINT_URL: world.url };
    const missing = await runCommand(["user", "create", EMAIL, "--pool", "nothing"], { env });
    expect(missing.status).toBe(2);
    expect(missing.errors).toMatch(
      /there is no user pool nothing at http.*; there are: .*another \(us-east-1_/,
    );
    const unsaid = await runCommand(["user", "create", EMAIL], { env });
    expect([unsaid.status, unsaid.errors]).toEqual([
      2,
      expect.stringContaining("say which user pool with --pool"),
    ]);
    const nowhere = { AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
    const { status, errors } = await runCommand(["user", "create", EMAIL], { env: nowhere });
    expect([status, errors]).toEqual([
      1,
      expect.stringMatching(/^cognate: http:\/\/127.0.0.1:1 cannot be reached.*\n$/),
    ]);
  });

  it("tells what was done and how to go on when a later step fails", async () => {
    meanFaults();
    const place = await scene(world);
    await place.api("CreateGroup", { UserPoolId: place.UserPoolId, GroupName: "staff" });
    const fails: Interceptor = (target) =>
      target.endsWith("AdminSetUserPassword") || target.endsWith("AdminAddUserToGroup")
        ? { status: 500, code: "InternalErrorException" }
        : null;
    const { status, output, errors } = await withProxy(fails, ({ url }) =>
      user(place, ["create", "ana", "--generate", "--group", "staff"], { url }),
    );
    expect(status).toBe(1);
    expect(fields(output)).toMatchObject({ Username: "ana", UserStatus: "FORCE_CHANGE_PASSWORD" });
    expect(output).toMatch(/^Groups\t$/m);
    expect(fields(output)).not.toHaveProperty("Password");
    const of = `--user-pool-id ${place.UserPoolId} --username ana`;
    expect(errors).toContain(
      "ana was made, but the password is not set (InternalErrorException: InternalError",
    );
    expect(errors).toContain(`aws cognito-idp admin-set-user-password ${of} --permanent --password PASSWORD`);
    expect(errors).toContain(`aws cognito-idp admin-add-user-to-group ${of} --group-name staff`);
  });

  it("says of a user who is there already how to see them", async () => {
    const place = await scene(world);
    await place.user("ana");
    const { status, errors } = await user(place, ["create", "ana", "--generate"]);
    expect([status, errors]).toEqual([
      1,
      expect.stringMatching(/see "cognate user explain ana"\ncognate: UsernameExistsException/),
    ]);
  });
});

describe("cognate user explain", () => {
  it("prints what CognateService.ExplainUser answers, with --json as it is", async () => {
    const place = await scene(world);
    await place.invited("ana", { email: EMAIL });
    const { status, output, errors } = await user(place, ["explain", "ana", "--json"]);
    expect([status, errors]).toEqual([0, ""]);
    const explanation: Explanation = JSON.parse(output);
    expect(explanation).toMatchObject({
      Username: "ana",
      CanSignIn: true,
      UserStatus: "FORCE_CHANGE_PASSWORD",
    });
    const text = await user(place, ["explain", "ana"]);
    expect(text.output).toContain("ana: FORCE_CHANGE_PASSWORD, enabled");
    expect(text.output).toContain("USER_PASSWORD_AUTH        NEW_PASSWORD_REQUIRED → tokens");
    expect(text.output).toMatch(/How it came about.*\n.*AdminCreateUser/);
    expect(text.output).not.toContain(ESCAPE);
  });

  it.skipIf(awsCliMissing)(
    "prints commands that move the user on when they are run as they are",
    async () => {
      const place = await scene(world);
      await place.user("ana", { email: EMAIL, email_verified: "true" });
      await place.api("AdminDisableUser", { UserPoolId: place.UserPoolId, Username: "ana" });
      const { output } = await user(place, ["explain", "ana"]);
      const command = /aws cognito-idp (admin-enable-user .*)/.exec(output)?.[1] ?? "";
      expect((await awsCli(world.url)(...command.split(" "))).status).toBe(0);
      await place.tokens("ana");
      expect((await user(place, ["explain", "ana"])).output).toContain(
        "can sign in by USER_PASSWORD_AUTH: tokens",
      );
    },
  );

  it.skipIf(terminalMissing)(
    "is coloured on a terminal, and obeys no control character of a name",
    async () => {
      const place = await scene(world);
      await place.invited("ana");
      await place.client({ ClientName: "mobile\r    forged" });
      const { output } = await onTerminal(place, ["explain", "ana"]);
      expect(output).toContain(`${ESCAPE}1mana: FORCE_CHANGE_PASSWORD`);
      expect(output).toContain("mobile\\u000d    forged (");
    },
  );

  it("looks at one client by its name, and names those there are for one that is not", async () => {
    const place = await scene(world);
    await place.user("ana");
    await place.client({ ClientName: "mobile" });
    const { output } = await user(place, ["explain", "ana", "--client", "mobile", "--json"]);
    const { SignIns }: Explanation = JSON.parse(output);
    expect(new Set(SignIns.map(({ ClientName }) => ClientName))).toEqual(new Set(["mobile"]));
    const { status, errors } = await user(place, ["explain", "ana", "--client", "nothing"]);
    expect([status, errors]).toEqual([
      2,
      expect.stringMatching(/there is no client nothing .*: .*mobile \(/),
    ]);
  });

  it("says of an unknown user that there is none", async () => {
    const place = await scene(world);
    const { status, output, errors } = await user(place, ["explain", "nobody"]);
    expect([status, output, errors]).toEqual([
      1,
      "",
      "cognate: UserNotFoundException: User does not exist.\n",
    ]);
  });

  describe("at a server that has no ExplainUser, as Amazon Cognito", () => {
    let proxy: WireProxy;
    beforeAll(async () => {
      proxy = await startWireProxy(world.url, withoutOwnOperations);
    });
    afterAll(() => proxy.close());

    it("says the same of the sign-in from what the API shows, and what it cannot know", async () => {
      const place = await scene(world, { EmailConfiguration: OWN_SENDER });
      const { UserPoolId } = place;
      const mfa = { MfaConfiguration: "ON", EmailMfaConfiguration: {} } as const;
      await place.api("SetUserPoolMfaConfig", { UserPoolId, ...mfa });
      await place.invited("ana", { email: EMAIL, email_verified: "true" });
      const own: Explanation = JSON.parse((await user(place, ["explain", "ana", "--json"])).output);
      const { status, output, errors } = await user(place, ["explain", "ana", "--json"], { url: proxy.url });
      expect(status).toBe(0);
      expect(errors).toContain("explained from what the user-pool API shows");
      const seen: Explanation = JSON.parse(output);
      expect(seen.SignIns).toEqual(own.SignIns);
      expect(seen.Obstacles.map(({ Reason }) => Reason)).toEqual(own.Obstacles.map(({ Reason }) => Reason));
      expect([seen.Sub, seen.Recovery, seen.Enabled]).toEqual([own.Sub, own.Recovery, own.Enabled]);
      expect(seen).not.toHaveProperty("History");
      expect(seen.Unknowns.join(" ")).toMatch(/keeps no history.*lock.*has a password.*has expired/);
    });

    it("knows that a temporary password has expired for certain", async () => {
      const place = await scene(world);
      await place.invited("ana", { email: EMAIL });
      // The command line has the real time: the user must have been made long ago.
      const { store } = world.server.services;
      const pool = await store.userPools.find(place.UserPoolId);
      const found = pool && (await store.users.byUsername(pool.key, "ana"));
      if (!found) throw new Error("no user");
      await store.users.save({
        ...found,
        modifiedAt: (Date.now() - 8 * 24 * 3_600_000) as typeof found.modifiedAt,
      });
      const { output } = await user(place, ["explain", "ana", "--json"], { url: proxy.url });
      const { CanSignIn, Obstacles }: Explanation = JSON.parse(output);
      expect([CanSignIn, Obstacles[0]?.Reason]).toEqual([false, "TEMPORARY_PASSWORD_EXPIRED"]);
    });
  });
});

describe("cognate user unstick", () => {
  /** A pool where these are stuck with an invitation, and cleo is not. */
  async function stuck(names = ["ana", "bob"]) {
    const place = await scene(world);
    for (const name of names) await place.invited(name, { email: `${name}@example.com` });
    await place.user("cleo", { email: "cleo@example.com" });
    return place;
  }
  let reports = 0;
  const reportFile = () => join(directory, `report${++reports}.jsonl`);
  const lines = (path: string) =>
    readFileSync(path, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));

  it("shows who is stuck and changes nothing unless told what to do and to go on", async () => {
    const place = await stuck();
    const report = reportFile();
    for (const args of [[], ["--resend"], ["--resend", "--yes", "--dry-run"]]) {
      const { status, output, errors } = await user(place, ["unstick", "--report", report, ...args]);
      expect(status).toBe(0);
      expect(output.split("\n").map((line) => line.split("\t").slice(0, 2))).toEqual([
        ["ana", "FORCE_CHANGE_PASSWORD"],
        ["bob", "FORCE_CHANGE_PASSWORD"],
        [""],
      ]);
      expect(errors).toContain("2 stuck in pool; nothing was changed");
    }
    expect(await place.messagesTo("ana@example.com")).toBe(0);
    expect(() => statSync(report)).toThrow("ENOENT");
  });

  it("sends the invitations again, once each however often it is run", async () => {
    const place = await stuck();
    const report = reportFile();
    const args = ["unstick", "--resend", "--yes", "--report", report];
    const { status, output, errors } = await user(place, args);
    expect([status, output]).toEqual([0, "ana\tdone\nbob\tdone\n"]);
    expect(errors).not.toContain(ESCAPE);
    expect((await user(place, args)).errors).toContain("2 done before");
    for (const name of ["ana", "bob", "cleo"])
      expect(await place.messagesTo(`${name}@example.com`), name).toBe(name === "cleo" ? 0 : 1);
    expect(lines(report).map(({ Username, Outcome }) => [Username, Outcome])).toEqual([
      ["ana", "done"],
      ["bob", "done"],
    ]);
    expect((await place.signIn("ana", await place.code("ana@example.com"))).ChallengeName).toBe(
      "NEW_PASSWORD_REQUIRED",
    );
  });

  it("makes a password for each, which only its owner can read in the report", async () => {
    const place = await stuck();
    const report = reportFile();
    const { output } = await user(place, ["unstick", "--generate", "--yes", "--json", "--report", report]);
    const results = output
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(results).toEqual(lines(report));
    for (const { Username, Password } of results) await place.tokens(Username, Password);
    expect(new Set(results.map(({ Password }) => Password)).size).toBe(2);
    expect(statSync(report).mode & 0o777).toBe(0o600);
    expect(await place.status("ana")).toBe("CONFIRMED");
  });

  it("sets one password for all from standard input, and writes it nowhere", async () => {
    const place = await stuck();
    const report = reportFile();
    const args = ["unstick", "--set-permanent", "--yes", "--report", report];
    const weak = await user(place, args, { input: "short" });
    expect([weak.status, weak.errors]).toEqual([2, expect.stringContaining("policy refuses the password")]);
    const { status, output, errors } = await user(place, args, { input: OTHER_PASSWORD });
    expect(status).toBe(0);
    expect(output + errors + readFileSync(report, "utf8")).not.toContain(OTHER_PASSWORD);
    for (const name of ["ana", "bob"]) await place.tokens(name, OTHER_PASSWORD);
  });

  it("finds those whose password was reset and those who did not confirm, and sends each their code", async () => {
    const place = await stuck([]);
    const { api, UserPoolId, ClientId } = place;
    const verified = { email: EMAIL, email_verified: "true" };
    await place.user("ana", verified);
    await api("AdminResetUserPassword", { UserPoolId, Username: "ana" });
    const UserAttributes = [{ Name: "email", Value: "dan@example.com" }];
    await api("UpdateUserPool", { UserPoolId, AutoVerifiedAttributes: ["email"] });
    await api("SignUp", { ClientId, Username: "dan", Password: PASSWORD, UserAttributes });
    const statuses = ["--status", "RESET_REQUIRED", "--status", "UNCONFIRMED"];
    const args = ["unstick", "--resend", "--yes", "--report", reportFile(), ...statuses];
    const without = await user(place, args);
    expect([without.status, without.errors]).toEqual([2, expect.stringContaining("give --client")]);
    const { output } = await user(place, [...args, "--client", ClientId]);
    expect(output).toBe("ana\tdone\ndan\tdone\n");
    expect([await place.messagesTo(EMAIL), await place.messagesTo("dan@example.com")]).toEqual([2, 2]);
  });

  it("leaves those alone who changed lately, or are disabled", async () => {
    const place = await stuck(["ana", "bob"]);
    await place.api("AdminDisableUser", { UserPoolId: place.UserPoolId, Username: "bob" });
    expect((await user(place, ["unstick", "--older-than", "1h"])).output).toBe("");
    expect((await user(place, ["unstick", "--older-than", "0s"])).output).toMatch(/^ana\t[^\n]*\n$/);
    const wrong = await user(place, ["unstick", "--older-than", "7"]);
    expect([wrong.status, wrong.errors]).toEqual([2, expect.stringContaining("7 is not a time such as 7d")]);
    const { status, errors } = await user(place, ["unstick", "--status", "CONFIRMED"]);
    expect([status, errors]).toEqual([
      1,
      expect.stringContaining("Allowed choices are FORCE_CHANGE_PASSWORD"),
    ]);
  });

  it("goes on after a lost answer, and does nobody twice", async () => {
    const names = ["u0", "u1", "u2", "u3", "u4"];
    const place = await stuck(names);
    const report = reportFile();
    const args = ["unstick", "--resend", "--yes", "--report", report];
    let resent = 0;
    const breaks: Interceptor = (target) =>
      target.endsWith("AdminCreateUser") && ++resent === 3 ? "drop" : null;
    const broken = await withProxy(breaks, ({ url }) => user(place, args, { url }));
    expect([broken.status, broken.output]).toEqual([1, "u0\tdone\nu1\tdone\n"]);
    const { status, output } = await user(place, args);
    expect([status, output]).toEqual([0, "u2\tdone\nu3\tdone\nu4\tdone\n"]);
    for (const name of names) expect(await place.messagesTo(`${name}@example.com`), name).toBe(1);
    expect(lines(report).map(({ Username }) => Username)).toEqual(names);
  });

  it("goes on after a call that did not reach the server", async () => {
    meanFaults();
    const place = await stuck();
    const report = reportFile();
    const args = ["unstick", "--resend", "--yes", "--report", report];
    const fails: Interceptor = (target) =>
      target.endsWith("AdminCreateUser") ? { status: 503, code: "ServiceUnavailable" } : null;
    const broken = await withProxy(fails, ({ url }) => user(place, args, { url }));
    expect([broken.status, broken.output]).toEqual([
      1,
      "ana\tinterrupted\tnot done: it will be the next time\nbob\tinterrupted\tnot done: it will be the next time\n",
    ]);
    expect((await user(place, args)).output).toBe("ana\tdone\nbob\tdone\n");
    expect(await place.messagesTo("ana@example.com")).toBe(1);
  });

  it("waits when the server is asked for too much, and goes on", async () => {
    const place = await stuck();
    let refused = 0;
    const busy: Interceptor = (target) =>
      target.endsWith("AdminCreateUser") && ++refused <= 2
        ? { status: 400, code: "TooManyRequestsException" }
        : null;
    const { status, output } = await withProxy(busy, ({ url }) =>
      user(place, ["unstick", "--resend", "--yes", "--report", reportFile()], { url }),
    );
    expect([status, output, refused]).toEqual([0, "ana\tdone\nbob\tdone\n", 4]);
  });

  it("refuses the report of other work", async () => {
    const place = await stuck();
    const report = reportFile();
    await user(place, ["unstick", "--resend", "--yes", "--report", report]);
    const { status, errors } = await user(place, ["unstick", "--generate", "--yes", "--report", report]);
    expect([status, errors]).toEqual([2, expect.stringContaining("is the report of resend in")]);
  });

  it.skipIf(terminalMissing)(
    "asks on a terminal before it changes anything, and shows how far it is",
    async () => {
      const place = await stuck();
      const args = ["unstick", "--resend", "--report", reportFile()];
      const no = await onTerminal(place, args, { answers: [{ after: "[y/N]", type: "n" }] });
      expect(no.output).toContain("resend for 2 users of pool?");
      expect(await place.messagesTo("ana@example.com")).toBe(0);
      const yes = await onTerminal(place, args, { answers: [{ after: "[y/N]", type: "y" }] });
      expect([yes.status, yes.output]).toEqual([0, expect.stringContaining("resend: 1 of 2")]);
      expect(await place.messagesTo("ana@example.com")).toBe(1);
    },
  );

  it.skipIf(terminalMissing)(
    "is stopped by a key in the middle, and goes on without doing anybody twice",
    async () => {
      const names = ["u0", "u1", "u2", "u3", "u4"];
      const place = await stuck(names);
      const report = reportFile();
      const args = ["unstick", "--resend", "--yes", "--report", report];
      const answers = [{ after: "resend: 2 of 5", type: "\u0003" }];
      const stopped = await onTerminal(place, [...args, "--rate", "2"], { answers });
      expect(stopped.status).not.toBe(0);
      expect(stopped.output).not.toContain("u4\tdone");
      const { status } = await user(place, args);
      expect(status).toBe(0);
      for (const name of names) expect(await place.messagesTo(`${name}@example.com`), name).toBe(1);
      expect(lines(report).filter(({ Outcome }) => Outcome === "done")).toHaveLength(names.length);
    },
  );

  it("holds the server's own limit of creations per second: everybody is done, at about that rate", async () => {
    const limit = 10;
    const slow = await startWorld({ limits: { enabled: true, categories: { UserCreation: limit } } });
    const count = 40;
    try {
      const place = await scene(slow);
      for (let n = 0; n < count; n++) {
        if (n % limit === 0) await new Promise((done) => setTimeout(done, 1_500));
        await place.invited(`u${n}`, { email: `u${n}@example.com` });
      }
      await new Promise((done) => setTimeout(done, 1_500));
      const proxy = await startWireProxy(slow.url);
      const args = ["unstick", "--resend", "--yes", "--rate", "100", "--report", reportFile()];
      const { status, output } = await user(place, args, { url: proxy.url });
      await proxy.close();
      expect([status, output.match(/\tdone\n/g)?.length]).toEqual([0, count]);
      const asked = proxy.calls.filter((name) => name === "AdminCreateUser").length;
      expect(asked - count, "refused for being too much").toBeGreaterThan(0);
      expect(asked - count, "refused for being too much").toBeLessThan(count / 2);
      for (let n = 0; n < count; n++) expect(await slow.inbox({ to: `u${n}@example.com` })).toHaveLength(1);
    } finally {
      await slow.close();
    }
  });
});
