import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { type LinkServices, linkProvider } from "../../src/domain/accounts/index.ts";
import { claimsOf, race, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, PASSWORD } from "../support/builders.ts";
import { named, OTHER_PASSWORD, type Scene, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

type Identity = Input<"AdminLinkProviderForUser">["SourceUser"];

const ALREADY = "InvalidParameterException: SourceUser is already linked to DestinationUser";
const NO_USER = "UserNotFoundException: User does not exist.";
const WRONG_PASSWORD = "NotAuthorizedException: Incorrect username or password.";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

const google = (ProviderAttributeValue: string): Identity => ({
  ProviderName: "Google",
  ProviderAttributeName: "Cognito_Subject",
  ProviderAttributeValue,
});
const local = (ProviderAttributeValue: string): Identity => ({
  ProviderName: "Cognito",
  ProviderAttributeName: "Cognito_Subject",
  ProviderAttributeValue,
});
const link = ({ api, UserPoolId }: Scene, SourceUser: Identity, DestinationUser: Identity = local("ana")) =>
  api("AdminLinkProviderForUser", { UserPoolId, DestinationUser, SourceUser });
const disable = ({ api, UserPoolId }: Scene, User: Identity) =>
  api("AdminDisableProviderForUser", { UserPoolId, User });
const identitiesOf = async (place: Scene, username = "ana"): Promise<{ userId: string }[]> =>
  JSON.parse((await place.attributes(username)).identities ?? "[]");

const OF_A_CLIENT = { client_id: "c", client_secret: "s", authorize_scopes: "email" };
const PROVIDERS = {
  Google: OF_A_CLIENT,
  Facebook: OF_A_CLIENT,
  Corporate: { ...OF_A_CLIENT, oidc_issuer: "https://idp.example", attributes_request_method: "GET" },
} as const;

async function sceneWithAna(pool = {}, client = {}): Promise<Scene> {
  const place = await scene(world, pool, client);
  const { api, UserPoolId } = place;
  for (const [ProviderName, ProviderDetails] of Object.entries(PROVIDERS)) {
    const ProviderType = ProviderName === "Corporate" ? "OIDC" : (ProviderName as "Google" | "Facebook");
    await api("CreateIdentityProvider", { UserPoolId, ProviderName, ProviderType, ProviderDetails });
  }
  await place.user("ana", { email: "ana@example.com" });
  return place;
}

describe("a linked identity", () => {
  it("is shown as the user's attribute identities, and as a claim of the ID token with texts in it", async () => {
    const place = await sceneWithAna();
    const { api, UserPoolId } = place;
    expect(await link(place, google("12345"))).toEqual({});
    const { AccessToken, IdToken } = await place.tokens("ana");
    const shown = named((await api("GetUser", { AccessToken })).UserAttributes).identities ?? "";
    const date = /"dateCreated":(\d{13})/.exec(shown)?.[1];
    expect(shown).toBe(
      `[{"userId":"12345","providerName":"Google","providerType":"Google","issuer":null,"primary":false,"dateCreated":${date}}]`,
    );
    const { Users } = await api("ListUsers", { UserPoolId });
    expect(named(Users?.[0]?.Attributes).identities).toBe(shown);
    expect((await place.attributes("ana")).identities).toBe(shown);
    const claim = { userId: "12345", providerName: "Google", providerType: "Google", issuer: null };
    expect(claimsOf(IdToken).identities).toEqual([{ ...claim, primary: "false", dateCreated: date }]);
    expect(await place.status("ana")).toBe("CONFIRMED");
  });

  it("is one of five at most", async () => {
    const place = await sceneWithAna();
    for (const subject of ["1", "2", "3", "4", "5"]) await link(place, google(subject));
    expect(await refusal(link(place, google("6")))).toBe(
      "LimitExceededException: Maximum number of identities linked to a user has been reached.",
    );
    expect((await identitiesOf(place)).map(({ userId }) => userId)).toEqual(["1", "2", "3", "4", "5"]);
    await disable(place, google("3"));
    await link(place, google("6"));
    expect((await identitiesOf(place)).map(({ userId }) => userId)).toEqual(["1", "2", "4", "5", "6"]);
  });

  it("is one of five also when ten are linked at once", async () => {
    const place = await sceneWithAna();
    const subjects = Array.from({ length: 10 }, (_, i) => String(i));
    expect(await race(subjects.map((subject) => link(place, google(subject))))).toMatchObject({ won: 5 });
    expect(await identitiesOf(place)).toHaveLength(5);
  });

  it("belongs to one user of the pool, also when two are given it at once", async () => {
    const place = await sceneWithAna();
    await place.user("bob");
    const both = await race([link(place, google("7")), link(place, google("7"), local("bob"))]);
    expect(both).toEqual({
      won: 1,
      refusals: ["AliasExistsException: SourceUser is already linked to another user."],
    });
    expect([...(await identitiesOf(place)), ...(await identitiesOf(place, "bob"))]).toHaveLength(1);
    await link(place, google("8"));
    expect(await refusal(link(place, google("8")))).toBe(ALREADY);
    const elsewhere = await sceneWithAna();
    await link(elsewhere, google("8"));
  });

  it("may be named by another claim where the provider is none of the social ones", async () => {
    const place = await sceneWithAna();
    const byMail = { ProviderAttributeName: "email", ProviderAttributeValue: "ana@corp.example" };
    await link(place, { ProviderName: "Corporate", ...byMail });
    expect(await identitiesOf(place)).toMatchObject([
      { userId: "ana@corp.example", providerName: "Corporate" },
    ]);
    expect(await refusal(link(place, { ProviderName: "Google", ...byMail }))).toMatch(
      /^InvalidParameterException: ProviderAttributeName must be Cognito_Subject/,
    );
  });

  it("keeps its user when it is the destination of another link", async () => {
    const place = await sceneWithAna();
    await link(place, google("12"));
    const facebook = { ...google("34"), ProviderName: "Facebook" };
    await link(place, facebook, { ProviderName: "Google", ProviderAttributeValue: "12" });
    expect((await identitiesOf(place)).map(({ userId }) => userId)).toEqual(["12", "34"]);
  });

  it("goes with its user and with its pool", async () => {
    const place = await sceneWithAna();
    const { api, UserPoolId } = place;
    await link(place, google("9"));
    await api("AdminDeleteUser", { UserPoolId, Username: "ana" });
    await place.user("ana");
    expect(await identitiesOf(place)).toEqual([]);
    await link(place, google("9"));
    await api("DeleteUserPool", { UserPoolId });
  });

  it("survives what else changes the user's attributes, and cannot be written as an attribute", async () => {
    const place = await sceneWithAna();
    const { api, UserPoolId } = place;
    await link(place, google("10"));
    const before = await place.attributes("ana");
    const write = (Name: string, Value: string) =>
      api("AdminUpdateUserAttributes", { UserPoolId, Username: "ana", UserAttributes: [{ Name, Value }] });
    await write("name", "Ana");
    expect(await place.attributes("ana")).toEqual({ ...before, name: "Ana" });
    const immutable = "InvalidParameterException: Cannot modify the non-mutable attribute identities";
    expect(await refusal(write("identities", "[]"))).toBe(immutable);
    const UserAttributeNames = ["identities"];
    expect(
      await refusal(api("AdminDeleteUserAttributes", { UserPoolId, Username: "ana", UserAttributeNames })),
    ).toBe(immutable);
    const made = { UserPoolId, Username: "bob", UserAttributes: [{ Name: "identities", Value: "x" }] };
    expect(await refusal(api("AdminCreateUser", made))).toBe(immutable);
  });

  it("is refused for a local source, an unknown destination, and whatever is incomplete", async () => {
    const place = await sceneWithAna();
    expect(await refusal(link(place, local("bob")))).toBe(
      "InvalidParameterException: Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser",
    );
    expect(await refusal(link(place, google("1"), local("nobody")))).toBe(NO_USER);
    expect(await refusal(link(place, google("1"), google("2")))).toBe(NO_USER);
    const { ProviderAttributeValue: _, ...incomplete } = google("1");
    expect(await refusal(link(place, incomplete))).toBe(
      "InvalidParameterException: Missing required parameter ProviderAttributeValue",
    );
    for (const long of [{ ...google("1"), ProviderAttributeName: "n".repeat(257) }, google("é".repeat(1025))])
      expect(await refusal(link(place, long))).toMatch(/^InvalidParameterException: .* no longer than/);
    expect(await identitiesOf(place)).toEqual([]);
    const inNoPool = { ...place, UserPoolId: "us-east-1_none" };
    expect(await refusal(link(inNoPool, google("1")))).toMatch(/^ResourceNotFoundException: /);
  });

  it("goes to the user of this user name, not to one with this address", async () => {
    const place = await sceneWithAna({ AliasAttributes: ["email"] });
    const { api, UserPoolId } = place;
    await api("AdminUpdateUserAttributes", {
      UserPoolId,
      Username: "ana",
      UserAttributes: [{ Name: "email_verified", Value: "true" }],
    });
    expect(await refusal(link(place, google("1"), local("ana@example.com")))).toBe(NO_USER);
  });
});

describe("an identity that made its user by signing in", () => {
  async function withEve(): Promise<Scene> {
    const place = await sceneWithAna();
    const { store, clock } = world.server.services;
    const pool = await store.userPools.find(place.UserPoolId);
    await place.user("google_77");
    const eve = pool && (await store.users.byUsername(pool.key, "google_77"));
    if (!eve) throw new Error("No user");
    await store.linkedIdentities.insert({
      poolKey: pool.key,
      userKey: eve.key,
      providerName: "Google",
      attributeName: "Cognito_Subject",
      value: "77",
      providerType: "Google",
      issuer: null,
      primary: true,
      linkedAt: clock.now(),
    });
    return place;
  }

  it("is linked to nobody else", async () => {
    const place = await withEve();
    expect(await refusal(link(place, google("77")))).toBe(
      "InvalidParameterException: Merging is not currently supported, provide a SourceUser that has not been signed up in order to link",
    );
  });

  it("can have five more linked to it", async () => {
    const place = await withEve();
    for (const subject of ["1", "2", "3", "4", "5"]) await link(place, google(subject), google("77"));
    expect(await identitiesOf(place, "google_77")).toHaveLength(6);
    expect(await refusal(link(place, google("6"), google("77")))).toMatch(/^LimitExceededException: /);
  });

  it("is disabled with its user by AdminDisableProviderForUser", async () => {
    const place = await withEve();
    const { api, UserPoolId } = place;
    await disable(place, google("77"));
    expect((await api("AdminGetUser", { UserPoolId, Username: "google_77" })).Enabled).toBe(false);
  });
});

describe("a link's provider", () => {
  it("has to be there", async () => {
    const place = await sceneWithAna();
    expect(await refusal(link(place, { ...google("1"), ProviderName: "Nowhere" }))).toBe(
      "ResourceNotFoundException: Identity provider Nowhere does not exist.",
    );
    expect(await identitiesOf(place)).toEqual([]);
  });

  const linking = async (findProvider: LinkServices["findProvider"]) => {
    const place = await sceneWithAna();
    const { services } = world.server;
    const pool = await services.store.userPools.find(place.UserPoolId);
    if (!pool) throw new Error("No pool");
    const source = { ...google("1"), ProviderName: "Corporate" };
    return { place, link: () => linkProvider({ ...services, findProvider }, pool, local("ana"), source) };
  };

  it("is one of the pool's", async () => {
    const { place, link } = await linking(async () => null);
    await expect(link()).rejects.toMatchObject({
      code: "ResourceNotFoundException",
      message: "Identity provider Corporate does not exist.",
    });
    expect(await identitiesOf(place)).toEqual([]);
  });

  it("gives the identity its type, and its issuer where it has one", async () => {
    const { place, link } = await linking(async () => ({ type: "SAML", issuer: "urn:idp" }));
    await link();
    expect(await identitiesOf(place)).toMatchObject([{ providerType: "SAML", issuer: "urn:idp" }]);
  });
});

describe("AdminDisableProviderForUser", () => {
  it("takes a link away, named as it was linked, so that it can be linked anew", async () => {
    const place = await sceneWithAna();
    await place.user("bob");
    await link(place, google("1"));
    await link(place, google("2"));
    expect(await disable(place, google("1"))).toEqual({});
    expect((await identitiesOf(place)).map(({ userId }) => userId)).toEqual(["2"]);
    expect(await refusal(disable(place, google("1")))).toBe(NO_USER);
    expect(await refusal(disable(place, { ...google("2"), ProviderName: "Facebook" }))).toBe(NO_USER);
    await disable(place, google("2"));
    expect(await place.attributes("ana")).not.toHaveProperty("identities");
    const { IdToken } = await place.tokens("ana");
    expect(claimsOf(IdToken)).not.toHaveProperty("identities");
    await link(place, google("1"), local("bob"));
  });

  it("takes a local user's password, and nothing else", async () => {
    const place = await sceneWithAna();
    const { api, UserPoolId } = place;
    const { RefreshToken } = await place.tokens("ana");
    await disable(place, local("ana"));
    expect(await refusal(place.signIn("ana"))).toBe(WRONG_PASSWORD);
    await place.refresh(RefreshToken);
    expect((await api("AdminGetUser", { UserPoolId, Username: "ana" })).Enabled).toBe(true);
    const Password = OTHER_PASSWORD;
    await api("AdminSetUserPassword", { UserPoolId, Username: "ana", Password, Permanent: true });
    await place.tokens("ana", OTHER_PASSWORD);
    expect(await refusal(place.signIn("ana", PASSWORD))).toBe(WRONG_PASSWORD);
    expect(await refusal(disable(place, local("nobody")))).toBe(NO_USER);
    const byName = { ...local("ana"), ProviderAttributeName: "username" };
    expect(await refusal(disable(place, byName))).toMatch(/^InvalidParameterException: /);
  });
});

describe.skipIf(awsCliMissing)(`by the AWS CLI ${awsCliMissing ?? ""}`, () => {
  it("an identity is linked and unlinked", async () => {
    const place = await sceneWithAna();
    const aws = awsCli(world.url);
    const pool = ["--user-pool-id", place.UserPoolId];
    const source = "ProviderName=Google,ProviderAttributeName=Cognito_Subject,ProviderAttributeValue=1";
    const destination = "ProviderName=Cognito,ProviderAttributeValue=ana";
    const linked = await aws(
      ...["admin-link-provider-for-user", ...pool],
      ...["--destination-user", destination, "--source-user", source],
    );
    expect(linked).toMatchObject({ status: 0, errorText: "" });
    expect(await identitiesOf(place)).toHaveLength(1);
    expect(await aws("admin-disable-provider-for-user", ...pool, "--user", source)).toMatchObject({
      status: 0,
    });
    expect(await identitiesOf(place)).toEqual([]);
  });
});
