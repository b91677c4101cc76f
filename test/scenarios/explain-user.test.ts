import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Explanation } from "../../src/domain/explanation/index.ts";
import { apiOf, refusal } from "../support/api.ts";
import { closeWithinModel, makePool, PASSWORD } from "../support/builders.ts";
import { arnOf, type FakeLambda, mappedTo, startFakeLambda } from "../support/fake-lambda.ts";
import { allow, type Production, signedApi, signedCall, startProduction } from "../support/production.ts";
import { OWN_SENDER, type Scene, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";
import { EMAIL, explainedCourse, realCourse } from "./explain-user/guided-sign-in.ts";
import {
  CLIENT_OF_ALL_FLOWS,
  ON_REMEMBERED_DEVICE,
  type PreparedSituation,
  SITUATIONS,
} from "./explain-user/situations.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

async function callService(url: string, input: object): Promise<{ status: number; content: Explanation }> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "CognateService.ExplainUser",
    },
    body: JSON.stringify(input),
  });
  return { status: response.status, content: (await response.json()) as Explanation };
}

async function explained(
  { UserPoolId }: Pick<Scene, "UserPoolId">,
  Username = "ana",
  ClientId?: string,
  { url } = world,
) {
  const { status, content } = await callService(url, { UserPoolId, Username, ClientId });
  expect(status, JSON.stringify(content)).toBe(200);
  return content;
}

async function prepared({
  pool,
  mfa,
  client,
  prepare,
}: Omit<PreparedSituation, "who" | "obstacles" | "course">) {
  const place = await scene(world, pool, { ...CLIENT_OF_ALL_FLOWS, ...client });
  // A user may have to sign in before MFA is required of them.
  const { UserPoolId } = place;
  if (mfa?.MfaConfiguration) await place.api("SetUserPoolMfaConfig", { UserPoolId, ...mfa });
  return { place, person: await prepare(place, world) };
}

describe("ExplainUser says what the next sign-in does of a user", () => {
  it("of enough kinds", () => {
    expect(SITUATIONS.length).toBeGreaterThanOrEqual(25);
  });

  it.each(SITUATIONS.map((situation) => [situation.who, situation] as const))("%s", async (_, situation) => {
    const { flows = ["USER_PASSWORD_AUTH"], course, obstacles, command } = situation;
    for (const [index, flow] of flows.entries()) {
      const { place, person } = await prepared(situation);
      const explanation = await explained(place);
      const expected = explanation.SignIns.find(({ AuthFlow }) => AuthFlow === flow);
      if (!expected) throw new Error(`Nothing was explained of ${flow}`);
      if (index === 0) {
        expect(explainedCourse(expected)).toEqual(course);
        expect(explanation.Obstacles.map(({ Reason }) => Reason)).toEqual(obstacles);
        const commands = explanation.Obstacles.flatMap(({ Commands }) => Commands);
        expect(explanation.Obstacles.some(({ Blocks }) => Blocks)).toBe(!explanation.CanSignIn);
        if (command) expect(commands.map(({ Command }) => Command).join("\n")).toContain(command);
      }
      expect(await realCourse(world, place, flow, person), flow).toEqual(explainedCourse(expected));
    }
  });

  it("with a remembered device, from it and from elsewhere", async () => {
    const { place, person } = await prepared(ON_REMEMBERED_DEVICE);
    const { SignIns } = await explained(place);
    const way = SignIns.find(({ AuthFlow }) => AuthFlow === "USER_PASSWORD_AUTH");
    if (!way) throw new Error("no way");
    const onDevice = explainedCourse(way, way.StepsOnRememberedDevice);
    expect(onDevice).toEqual(["DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER", "TOKENS"]);
    expect(await realCourse(world, place, "USER_PASSWORD_AUTH", person)).toEqual(onDevice);
    expect(explainedCourse(way)).toEqual(["EMAIL_OTP", "TOKENS"]);
    const elsewhere = { username: person.username };
    expect(await realCourse(world, place, "USER_PASSWORD_AUTH", elsewhere)).toEqual(["EMAIL_OTP", "TOKENS"]);
  });
});

describe("ExplainUser, where passwords are kept as hashes and functions ask,", () => {
  let lambda: FakeLambda;
  let other: World;
  beforeAll(async () => {
    lambda = await startFakeLambda();
    const triggers = mappedTo(lambda.endpoint, ["define", "create", "verify"]);
    other = await startWorld({ passwordStorage: "argon2id", triggers });
    lambda.on("define", (event) => {
      const rounds = event.request.session as { challengeResult: boolean }[];
      const issueTokens = rounds.at(-1)?.challengeResult ?? false;
      event.response = { challengeName: "CUSTOM_CHALLENGE", issueTokens, failAuthentication: false };
    });
    lambda.on("create", (event) => {
      event.response = { privateChallengeParameters: { answer: "42" } };
    });
    lambda.on("verify", (event) => {
      event.response = { answerCorrect: event.request.challengeAnswer === "42" };
    });
  });
  afterAll(async () => {
    await closeWithinModel(other);
    await lambda.close();
  });

  const flows = ["CUSTOM_AUTH", "USER_SRP_AUTH", "USER_PASSWORD_AUTH", "USER_AUTH"] as const;
  const askedByFunctions = {
    EmailConfiguration: OWN_SENDER,
    LambdaConfig: {
      DefineAuthChallenge: arnOf("define"),
      CreateAuthChallenge: arnOf("create"),
      VerifyAuthChallengeResponse: arnOf("verify"),
    },
  };
  const changes = {
    "with a password of their own": async () => {},
    "who is disabled": async ({ api, UserPoolId }: Scene) => {
      await api("AdminDisableUser", { UserPoolId, Username: "ana" });
    },
    "with a temporary password": async ({ api, UserPoolId }: Scene) => {
      await api("AdminSetUserPassword", {
        UserPoolId,
        Username: "ana",
        Password: PASSWORD,
        Permanent: false,
      });
    },
    "whose password was reset": async ({ api, UserPoolId }: Scene) => {
      await api("AdminResetUserPassword", { UserPoolId, Username: "ana" });
    },
    "who must have a code by e-mail": async ({ api, UserPoolId }: Scene) => {
      await api("SetUserPoolMfaConfig", { UserPoolId, MfaConfiguration: "ON", EmailMfaConfiguration: {} });
    },
  };
  const expected: Readonly<Record<keyof typeof changes, readonly string[]>> = {
    "with a password of their own": ["CUSTOM_CHALLENGE", "TOKENS"],
    "who is disabled": ["NotAuthorizedException: User is disabled."],
    "with a temporary password": ["CUSTOM_CHALLENGE", "NEW_PASSWORD_REQUIRED", "TOKENS"],
    "whose password was reset": [
      "CUSTOM_CHALLENGE",
      "PasswordResetRequiredException: Password reset required for the user",
    ],
    "who must have a code by e-mail": ["CUSTOM_CHALLENGE", "TOKENS"],
  };

  it.each(Object.keys(changes) as (keyof typeof changes)[])("says what happens of a user %s", async (who) => {
    for (const flow of flows) {
      const place = await scene(other, askedByFunctions, {
        ExplicitAuthFlows: flows.map((name) => `ALLOW_${name}` as const),
      });
      await place.user("ana", { email: EMAIL, email_verified: "true" });
      await changes[who](place);
      const { SignIns, Obstacles } = await explained(place, "ana", undefined, other);
      const way = SignIns.find(({ AuthFlow }) => AuthFlow === flow);
      if (!way) throw new Error("no way");
      if (flow === "CUSTOM_AUTH") expect(explainedCourse(way)).toEqual(expected[who]);
      expect(Obstacles.map(({ Reason }) => Reason)).toContain("NO_SRP_VERIFIER");
      expect(await realCourse(other, place, flow, { username: "ana" }), flow).toEqual(explainedCourse(way));
    }
  });
});

describe("ExplainUser", () => {
  it("tells until when a lock lasts", async () => {
    const place = await scene(world);
    await place.user("ana", { email: EMAIL, email_verified: "true" });
    for (let n = 0; n < 5; n++) await refusal(place.signIn("ana", "Wrong-Horse-9"));
    const now = world.server.services.clock.now() / 1000;
    const [lock] = (await explained(place)).Obstacles;
    expect(lock).toMatchObject({ Reason: "LOCKED", Blocks: true, Until: expect.any(Number) });
    expect((lock?.Until ?? 0) - now).toBeLessThanOrEqual(2);
  });

  it("tells how the user got there, newest last, calls that are alike as one", async () => {
    const place = await scene(world);
    const username = await place.invited("ana", { email: EMAIL });
    await place.api("AdminDisableUser", { UserPoolId: place.UserPoolId, Username: username });
    for (let n = 0; n < 3; n++) await refusal(place.signIn("ana"));
    await world.server.sealAudit();
    const { History = [] } = await explained(place);
    expect(History.map(({ EventName, Count, ErrorCode }) => [EventName, Count, ErrorCode])).toEqual([
      ["AdminCreateUser", 1, undefined],
      ["AdminDisableUser", 1, undefined],
      ["InitiateAuth", 3, "NotAuthorizedException"],
    ]);
  });

  it("finds the user by any name, and looks at one client where it is told which", async () => {
    const place = await scene(world, { UsernameAttributes: ["email"] });
    const username = await place.user(EMAIL, { email_verified: "true" });
    const other = await place.client({ ClientName: "other" });
    for (const name of [EMAIL, username]) {
      const { Username, Sub, SignIns } = await explained(place, name);
      expect([Username, Sub]).toEqual([username, username]);
      expect(new Set(SignIns.map(({ ClientId }) => ClientId))).toEqual(
        new Set([place.ClientId, other.ClientId]),
      );
    }
    const { SignIns } = await explained(place, EMAIL, other.ClientId);
    expect(new Set(SignIns.map(({ ClientId }) => ClientId))).toEqual(new Set([other.ClientId]));
  });

  it("changes nothing: no count, no session, no message, no record", async () => {
    const place = await scene(world);
    await place.user("ana", { email: EMAIL, email_verified: "true" });
    await world.server.sealAudit();
    const before = await explained(place);
    await world.server.sealAudit();
    const { Obstacles, ...again } = await explained(place);
    expect({ Obstacles, ...again }).toEqual(before);
    expect(await place.messagesTo(EMAIL)).toBe(0);
  });

  it("says of a pool without clients that nobody can sign in", async () => {
    const { Id } = await makePool(apiOf(world));
    await apiOf(world)("AdminCreateUser", { UserPoolId: Id, Username: "ana", MessageAction: "SUPPRESS" });
    const { CanSignIn, Obstacles } = await explained({ UserPoolId: Id });
    expect(CanSignIn).toBe(false);
    expect(Obstacles.map(({ Reason }) => Reason)).toContain("NO_CLIENT");
  });

  it("names commands that a shell takes as they are", async () => {
    const place = await scene(world);
    const name = "ana_o'neill_$(id)";
    await place.invited(name);
    const { Obstacles } = await explained(place, name);
    const [command] = Obstacles.flatMap(({ Commands }) => Commands);
    expect(command?.Command).toContain(`--username 'ana_o'\\''neill_$(id)'`);
  });

  it("refuses an unknown user, client and pool as the user-pool API does", async () => {
    const place = await scene(world);
    await place.user("ana");
    const { UserPoolId } = place;
    for (const [input, code] of [
      [{ UserPoolId, Username: "nobody" }, "UserNotFoundException"],
      [{ UserPoolId, Username: "ana", ClientId: "x".repeat(26) }, "ResourceNotFoundException"],
      [{ UserPoolId: "us-east-1_nothing", Username: "ana" }, "ResourceNotFoundException"],
      [{ UserPoolId }, "InvalidParameterException"],
    ] as const) {
      const { status, content } = await callService(world.url, input);
      expect([status, (content as unknown as { __type: string }).__type]).toEqual([400, code]);
    }
  });
});

describe("the right to explain", () => {
  let production: Production;
  beforeAll(async () => {
    production = await startProduction();
  });
  afterAll(() => production.close());

  it("is cognate:ExplainUser on the pool, and nothing of cognito-idp", async () => {
    const { url, root } = production;
    const api = signedApi(url, root);
    const pools = [
      await api("CreateUserPool", { PoolName: "a" }),
      await api("CreateUserPool", { PoolName: "b" }),
    ];
    const [mine = "", other = ""] = pools.map(({ UserPool }) => UserPool?.Id ?? "");
    for (const UserPoolId of [mine, other]) await api("AdminCreateUser", { UserPoolId, Username: "ana" });
    const arn = `arn:aws:cognito-idp:us-east-1:123456789012:userpool/${mine}`;
    const helper = await production.user("helper", [allow("cognate:ExplainUser", arn)]);
    const stranger = await production.user("stranger", [allow("cognito-idp:*")]);
    const ask = async (credentials: typeof root, UserPoolId: string) => {
      const body = JSON.stringify({ UserPoolId, Username: "ana" });
      const headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "CognateService.ExplainUser",
      };
      const signed = signedCall(url, credentials, { headers, body }, { service: "cognate" });
      const response = await fetch(url, { method: "POST", headers: signed, body });
      const { __type, History } = (await response.json()) as Partial<Explanation> & { __type?: string };
      return __type ?? History?.map(({ EventName, Principal }) => `${EventName} by ${Principal}`);
    };
    expect(await ask(helper, mine)).toEqual(["AdminCreateUser by arn:aws:iam::123456789012:root"]);
    expect(await ask(helper, other)).toBe("AccessDeniedException");
    expect(await ask(stranger, mine)).toBe("AccessDeniedException");
  });
});
