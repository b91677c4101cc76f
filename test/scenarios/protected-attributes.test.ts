import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OperationName, operationNames } from "../../src/api/operation.ts";
import { inputSchema, type Schema } from "../../src/http/aws-json/input-schema.ts";
import { ApiRefusal, claimsOf } from "../support/api.ts";
import { attributes, closeWithinModel, makeUser, PASSWORD } from "../support/builders.ts";
import { arnOf, type FakeLambda, mappedTo, startFakeLambda } from "../support/fake-lambda.ts";
import { named, OTHER_PASSWORD, type Scene, scene } from "../support/scene.ts";
import { csv, importCsv } from "../support/user-imports.ts";
import { startWorld, type World } from "../support/world.ts";

/** Attributes that not everybody may write, two that everybody may, and what each is tried with. */
const ATTRIBUTES = {
  sub: "00000000-0000-4000-8000-000000000000",
  email_verified: "true",
  phone_number_verified: "true",
  identities: '[{"userId":"1","providerName":"Google","providerType":"Google"}]',
  "cognito:username": "boss",
  "cognito:user_status": "ARCHIVED",
  "dev:custom:plan": "gold",
  "custom:fixed": "forged",
  "custom:closed": "forged",
  nickname: "forged",
  "custom:none": "forged",
  name: "forged",
  "custom:open": "forged",
} as const;
type Attribute = keyof typeof ATTRIBUTES;
const NAMES = Object.keys(ATTRIBUTES) as Attribute[];

/** What becomes of an attribute: A: accepted, and there. R: the call is refused, and nothing changed. I: the call is right, the attribute ignored. */
type Verdict = "A" | "R" | "I";

/** custom:fixed is immutable; custom:closed and nickname are outside the client's list, where it has one; custom:none is in no schema. */
const SCHEMA = [
  { Name: "fixed", AttributeDataType: "String" as const, Mutable: false },
  { Name: "closed", AttributeDataType: "String" as const },
  { Name: "open", AttributeDataType: "String" as const },
  { Name: "plan", AttributeDataType: "String" as const, DeveloperOnlyAttribute: true },
];
const WRITABLE = ["name", "email", "phone_number", "custom:fixed", "custom:open"];
const PHONE = "+12065550100";
const addressOf = (username: string) => `${username}@protected.test`;
const addresses = (username: string) => ({ email: addressOf(username), phone_number: PHONE });

let world: World;
let lambda: FakeLambda;
/** Clients without a list of what they may write, with one, and of a pool whose functions answer. */
let free: Scene;
let listed: Scene;
let functions: Scene;
/** Imports are for pools that verify addresses. */
let importing: Scene;

beforeAll(async () => {
  lambda = await startFakeLambda();
  world = await startWorld({ triggers: mappedTo(lambda.endpoint, ["before", "migrate", "tokens"]) });
  free = await scene(world, { Schema: SCHEMA });
  listed = await free.client({ WriteAttributes: WRITABLE });
  importing = await scene(world, { Schema: SCHEMA, AutoVerifiedAttributes: ["email"] });
  functions = await scene(world, {
    Schema: SCHEMA,
    LambdaConfig: {
      PreSignUp: arnOf("before"),
      UserMigration: arnOf("migrate"),
      PreTokenGenerationConfig: { LambdaArn: arnOf("tokens"), LambdaVersion: "V2_0" },
    },
  });
  await free.api("CreateIdentityProvider", {
    UserPoolId: free.UserPoolId,
    ProviderName: "Corporate",
    ProviderType: "OIDC",
    ProviderDetails: {
      client_id: "c",
      client_secret: "s",
      authorize_scopes: "email",
      oidc_issuer: "https://idp.example",
      attributes_request_method: "GET",
    },
  });
});
afterAll(async () => {
  await closeWithinModel(world);
  await lambda.close();
});

type Values = Readonly<Record<string, string>>;

/** A way by which attributes come to a user, or into a token. */
interface Path {
  readonly place: () => Scene;
  /** Makes the user whom the call is about; absent where the call makes one. */
  readonly prepare?: (place: Scene, username: string) => Promise<unknown>;
  /** @throws ApiRefusal */
  readonly attempt: (place: Scene, username: string, name: Attribute, value: string) => Promise<unknown>;
  /** Of a path that takes attributes away: accepted is one that is gone. */
  readonly removes?: true;
  /** Of a path into tokens: the attempt gives back their claims. */
  readonly inClaims?: true;
}

const signUp = (place: Scene, username: string, given: Values, more: object = {}) =>
  place.api("SignUp", {
    ClientId: place.ClientId,
    Username: username,
    Password: PASSWORD,
    UserAttributes: attributes({ ...addresses(username), ...given }),
    ...more,
  });
const known = (place: Scene, username: string) =>
  place.user(username, { ...addresses(username), email_verified: "false", phone_number_verified: "false" });
/** Has everything that an administrator can give. */
const full = (place: Scene, username: string) =>
  place.user(username, {
    ...addresses(username),
    email_verified: "true",
    phone_number_verified: "true",
    name: "n",
    nickname: "n",
    "custom:fixed": "n",
    "custom:closed": "n",
    "custom:open": "n",
    "dev:custom:plan": "n",
  });
const updating = (of: () => Scene): Path => ({
  place: of,
  prepare: known,
  async attempt(place, username, name, value) {
    const { AccessToken } = await place.tokens(username);
    await place.api("UpdateUserAttributes", { AccessToken, UserAttributes: attributes({ [name]: value }) });
  },
});
const deleting = (of: () => Scene): Path => ({
  place: of,
  prepare: full,
  removes: true,
  async attempt(place, username, name) {
    const { AccessToken } = await place.tokens(username);
    await place.api("DeleteUserAttributes", { AccessToken, UserAttributeNames: [name] });
  },
});
const renewing = (of: () => Scene): Path => ({
  place: of,
  // Without the flags: what is there already is refused for that.
  prepare: (place, username) => place.invited(username, addresses(username)),
  async attempt(place, username, name, value) {
    const { Session } = await place.signIn(username);
    await place.answer("NEW_PASSWORD_REQUIRED", Session, {
      USERNAME: username,
      NEW_PASSWORD: OTHER_PASSWORD,
      [`userAttributes.${name}`]: value,
    });
  },
});
const migrating = (begin: (place: Scene, username: string) => Promise<unknown>): Path => ({
  place: () => functions,
  async attempt(place, username, name, value) {
    lambda.reset();
    lambda.on("migrate", (event) => ({
      ...event,
      response: {
        userAttributes: { ...addresses(username), email_verified: "true", [name]: value },
        finalUserStatus: "CONFIRMED",
        messageAction: "SUPPRESS",
      },
    }));
    await begin(place, username);
  },
});
/** The answer of a PreSignUp function that says more than it may. */
const overreaching = (username: string, name: Attribute, value: string) => {
  lambda.reset();
  lambda.on("before", (event) => ({
    ...event,
    userName: "boss",
    request: { ...event.request, userAttributes: { ...addresses(username), [name]: value } },
    response: {
      autoConfirmUser: false,
      autoVerifyEmail: name === "email_verified",
      autoVerifyPhone: name === "phone_number_verified",
      userAttributes: { [name]: value },
      [name]: value,
    },
  }));
};
const claiming = (token: "IdToken" | "AccessToken"): Path => ({
  place: () => functions,
  inClaims: true,
  async attempt(place, username, name, value) {
    lambda.reset();
    await known(place, username);
    const generation = { claimsToAddOrOverride: { [name]: value } };
    lambda.on("tokens", (event) => ({
      ...event,
      response: {
        claimsAndScopeOverrideDetails: {
          idTokenGeneration: generation,
          accessTokenGeneration: generation,
        },
      },
    }));
    return claimsOf((await place.tokens(username))[token]);
  },
});

/** Each operation that takes attributes is named by a path that begins with its name. */
const PATHS: Readonly<Record<string, Path>> = {
  SignUp: {
    place: () => free,
    attempt: (place, username, name, value) => signUp(place, username, { [name]: value }),
  },
  "SignUp, a client with a list": {
    place: () => listed,
    attempt: (place, username, name, value) => signUp(place, username, { [name]: value }),
  },
  "SignUp, its ValidationData": {
    place: () => free,
    attempt: (place, username, name, value) =>
      signUp(
        place,
        username,
        {},
        { ValidationData: attributes({ [name]: value }), ClientMetadata: { [name]: value } },
      ),
  },
  "SignUp, a PreSignUp function": {
    place: () => functions,
    attempt(place, username, name, value) {
      overreaching(username, name, value);
      return signUp(place, username, {});
    },
  },
  UpdateUserAttributes: updating(() => free),
  "UpdateUserAttributes, a client with a list": updating(() => listed),
  DeleteUserAttributes: deleting(() => free),
  "DeleteUserAttributes, a client with a list": deleting(() => listed),
  RespondToAuthChallenge: renewing(() => free),
  "RespondToAuthChallenge, a client with a list": renewing(() => listed),
  AdminRespondToAuthChallenge: {
    ...renewing(() => listed),
    async attempt(place, username, name, value) {
      const { UserPoolId, ClientId } = place;
      const { Session = "" } = await place.api("AdminInitiateAuth", {
        UserPoolId,
        ClientId,
        AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: username, PASSWORD },
      });
      await place.api("AdminRespondToAuthChallenge", {
        UserPoolId,
        ClientId,
        ChallengeName: "NEW_PASSWORD_REQUIRED",
        Session,
        ChallengeResponses: {
          USERNAME: username,
          NEW_PASSWORD: OTHER_PASSWORD,
          [`userAttributes.${name}`]: value,
        },
      });
    },
  },
  AdminCreateUser: {
    place: () => listed,
    attempt: ({ api, UserPoolId }, username, name, value) =>
      makeUser(api, UserPoolId, username, { attributes: { ...addresses(username), [name]: value } }),
  },
  "AdminCreateUser, a PreSignUp function": {
    place: () => functions,
    attempt({ api, UserPoolId }, username, name, value) {
      overreaching(username, name, value);
      return makeUser(api, UserPoolId, username, { attributes: addresses(username) });
    },
  },
  AdminUpdateUserAttributes: {
    place: () => listed,
    prepare: known,
    attempt: ({ api, UserPoolId }, Username, name, value) =>
      api("AdminUpdateUserAttributes", {
        UserPoolId,
        Username,
        UserAttributes: attributes({ [name]: value }),
      }),
  },
  AdminDeleteUserAttributes: {
    place: () => listed,
    prepare: full,
    removes: true,
    attempt: ({ api, UserPoolId }, Username, name) =>
      api("AdminDeleteUserAttributes", { UserPoolId, Username, UserAttributeNames: [name] }),
  },
  VerifyUserAttribute: {
    place: () => free,
    prepare: known,
    async attempt(place, username, AttributeName) {
      const { AccessToken } = await place.tokens(username);
      await place.api("VerifyUserAttribute", { AccessToken, AttributeName, Code: "123456" });
    },
  },
  GetUserAttributeVerificationCode: {
    place: () => free,
    prepare: known,
    async attempt(place, username, AttributeName) {
      const { AccessToken } = await place.tokens(username);
      await place.api("GetUserAttributeVerificationCode", { AccessToken, AttributeName });
    },
  },
  AdminLinkProviderForUser: {
    place: () => free,
    prepare: known,
    attempt: ({ api, UserPoolId }, username, name, value) =>
      api("AdminLinkProviderForUser", {
        UserPoolId,
        DestinationUser: {
          ProviderName: "Cognito",
          ProviderAttributeName: name,
          ProviderAttributeValue: username,
        },
        SourceUser: {
          ProviderName: "Corporate",
          ProviderAttributeName: name,
          ProviderAttributeValue: `${value} ${username}`,
        },
      }),
  },
  "StartUserImportJob, a row of the file": {
    place: () => importing,
    async attempt({ api, UserPoolId }, username, name, value) {
      const { CSVHeader = [] } = await api("GetCSVHeader", { UserPoolId });
      const columns =
        CSVHeader.includes(name) && name !== "cognito:username" ? CSVHeader : [...CSVHeader, name];
      const row: Values = {
        "cognito:username": username,
        "cognito:mfa_enabled": "FALSE",
        ...addresses(username),
        email_verified: "TRUE",
        phone_number_verified: "FALSE",
      };
      const file = csv(columns, [name === "cognito:username" ? row : { ...row, [name]: value }]);
      const { ImportedUsers = 0 } = await importCsv(api, UserPoolId, file);
      if (ImportedUsers === 0) throw new ApiRefusal("Failed", "The row or the file was refused", 400);
    },
  },
  "InitiateAuth, a UserMigration function": migrating((place, username) => place.tokens(username)),
  "ForgotPassword, a UserMigration function": migrating((place, Username) =>
    place.api("ForgotPassword", { ClientId: place.ClientId, Username }),
  ),
  "InitiateAuth, a PreTokenGeneration function, ID token": claiming("IdToken"),
  "InitiateAuth, a PreTokenGeneration function, access token": claiming("AccessToken"),
};

/**
 * What Cognito does. Columns in the order of ATTRIBUTES: sub, email_verified, phone_number_verified, identities, cognito:username,
 * cognito:user_status, dev:custom:plan, custom:fixed, custom:closed, nickname, custom:none, name, custom:open.
 */
const TABLE: Readonly<Record<keyof typeof PATHS, string>> = {
  // People: nothing that vouches for them, nothing of developers, nothing outside the client's list.
  SignUp: "R R R R R R R A A A R A A",
  "SignUp, a client with a list": "R R R R R R R A R R R A A",
  UpdateUserAttributes: "R R R R R R R R A A R A A",
  "UpdateUserAttributes, a client with a list": "R R R R R R R R R R R A A",
  DeleteUserAttributes: "R R R R R R R R A A R A A",
  "DeleteUserAttributes, a client with a list": "R R R R R R R R R R R A A",
  RespondToAuthChallenge: "R R R R R R R A A A R A A",
  "RespondToAuthChallenge, a client with a list": "R R R R R R R A R R R A A",
  AdminRespondToAuthChallenge: "R R R R R R R A R R R A A",
  // Addresses are verified, and nothing else.
  VerifyUserAttribute: "R R R R R R R R R R R R R",
  GetUserAttributeVerificationCode: "R R R R R R R R R R R R R",
  // What is no attribute becomes none.
  "SignUp, its ValidationData": "I I I I I I I I I I I I I",
  // Administrators: all but what is the service's own, and what is settled at creation.
  AdminCreateUser: "R A A R R R A A A A R A A",
  AdminUpdateUserAttributes: "R A A R R R A R A A R A A",
  AdminDeleteUserAttributes: "R A A R R R A R A A R A A",
  AdminLinkProviderForUser: "I I I I I I I I I I I I I",
  "StartUserImportJob, a row of the file": "R A A R R R A A A A R A A",
  // Functions: who signs up may be vouched for; whoever comes from another directory as an administrator's; tokens as they are told,
  // but for who the token is about.
  "SignUp, a PreSignUp function": "I A A I I I I I I I I I I",
  "AdminCreateUser, a PreSignUp function": "I I I I I I I I I I I I I",
  "InitiateAuth, a UserMigration function": "R A A R R R A A A A R A A",
  "ForgotPassword, a UserMigration function": "R A A R R R A A A A R A A",
  "InitiateAuth, a PreTokenGeneration function, ID token": "I A A I I I I A A A A A A",
  "InitiateAuth, a PreTokenGeneration function, access token": "I A A I I I I A A A A A A",
};

let users = 0;

async function shown({ api, UserPoolId }: Scene, Username: string): Promise<Values | null> {
  try {
    const {
      Username: name = "",
      UserStatus = "",
      ...user
    } = await api("AdminGetUser", { UserPoolId, Username });
    return { ...named(user.UserAttributes), "cognito:username": name, "cognito:user_status": UserStatus };
  } catch (error) {
    if (error instanceof ApiRefusal && error.code === "UserNotFoundException") return null;
    throw error;
  }
}

async function verdictOf(path: Path, attribute: Attribute): Promise<Verdict> {
  const username = `user${++users}`;
  const place = path.place();
  const value = ATTRIBUTES[attribute];
  await path.prepare?.(place, username);
  const before = await shown(place, username);
  let answer: unknown;
  try {
    answer = await path.attempt(place, username, attribute, value);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    expect([attribute, error.message, await shown(place, username)]).toEqual([
      attribute,
      error.message,
      before,
    ]);
    return "R";
  }
  if (path.inClaims) return String((answer as Record<string, unknown>)[attribute]) === value ? "A" : "I";
  const after = await shown(place, username);
  if (!after) throw new Error("The call was not refused, and there is no user");
  if (path.removes) return before?.[attribute] !== undefined && after[attribute] === undefined ? "A" : "I";
  return after[attribute] === value ? "A" : "I";
}

/** Whether an input has a member by which attributes are given. */
function takesAttributes(operation: OperationName): boolean {
  const members = /^(UserAttributes|UserAttributeNames|AttributeName|ChallengeResponses|SourceUser)$/;
  const holds = (schema: Schema): boolean =>
    schema.type === "structure" && schema.members.some(({ name }) => members.test(name));
  return holds(inputSchema(operation));
}

describe("protected attributes", () => {
  it("are tried through every operation that takes attributes, and no cell is left out", () => {
    const tried = new Set(Object.keys(PATHS).map((path) => path.split(",")[0]));
    const taking = operationNames.filter(takesAttributes);
    expect(taking.length).toBeGreaterThan(10);
    expect(taking.filter((operation) => !tried.has(operation))).toEqual([]);
    expect(Object.keys(TABLE).sort()).toEqual(Object.keys(PATHS).sort());
    for (const [path, cells] of Object.entries(TABLE))
      expect([path, cells.split(" ").length]).toEqual([path, NAMES.length]);
  });

  it.each(Object.keys(PATHS))("through %s", { timeout: 60_000 }, async (name) => {
    const path = PATHS[name] as Path;
    const found: Record<string, Verdict> = {};
    for (const attribute of NAMES) found[attribute] = await verdictOf(path, attribute);
    const cells = TABLE[name]?.split(" ") ?? [];
    expect(found).toEqual(Object.fromEntries(NAMES.map((attribute, index) => [attribute, cells[index]])));
  });
});
