import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { paginateListIdentityProviders } from "@aws-sdk/client-cognito-identity-provider";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CreateIdentityProviderRequest, IdentityProviderType } from "../../src/api/generated/shapes.ts";
import { apiOf, race, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, makeClient, makePool } from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const world = await startWorld({ quotas: { identityProvidersPerPool: 6 } });
const api = apiOf(world);
afterAll(() => closeWithinModel(world));

let UserPoolId = "";
beforeAll(async () => {
  UserPoolId = (await makePool(api)).Id;
});

const OAUTH = { client_id: "id", client_secret: "the secret", authorize_scopes: "email openid" };
const OIDC = {
  client_id: "id",
  authorize_scopes: "openid",
  oidc_issuer: "https://login.example.com",
  attributes_request_method: "GET",
};

type Given = Omit<CreateIdentityProviderRequest, "UserPoolId">;

const create = async (given: Given, pool = UserPoolId): Promise<IdentityProviderType> => {
  const { IdentityProvider } = await api("CreateIdentityProvider", { UserPoolId: pool, ...given });
  return IdentityProvider ?? {};
};
const describeProvider = async (ProviderName: string, pool = UserPoolId) =>
  (await api("DescribeIdentityProvider", { UserPoolId: pool, ProviderName })).IdentityProvider;

const metadata = (services: string, entity = 'entityID="https://idp.example.com"') =>
  `<?xml version="1.0"?><!-- of an IdP -->
  <md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" ${entity}>
    <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${services}</md:IDPSSODescriptor>
  </md:EntityDescriptor>`;
const endpoint = (service: string, binding: string, location: string) =>
  `<md:${service} Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${location}"/>`;
const METADATA = metadata(
  endpoint("SingleSignOnService", "HTTP-POST", "https://idp.example.com/post") +
    endpoint("SingleSignOnService", "HTTP-Redirect", "https://idp.example.com/sso?a=1&amp;b=2") +
    endpoint("SingleLogoutService", "HTTP-Redirect", "https://idp.example.com/slo"),
);

describe.skipIf(awsCliMissing)(
  `an identity provider, by the AWS CLI (${awsCliMissing ?? "installed"})`,
  () => {
    const aws = awsCli(world.url);

    it("is made, described alike, found by identifier, changed, listed and deleted", async () => {
      const pool = await makePool(api);
      const place = ["--user-pool-id", pool.Id];
      const named = [...place, "--provider-name", "Google"];
      const made = await aws(
        "create-identity-provider",
        ...named,
        "--provider-type",
        "Google",
        "--provider-details",
        JSON.stringify(OAUTH),
        "--attribute-mapping",
        "email=email",
        "--idp-identifiers",
        "example.com",
      );
      expect(made.output).toEqual({
        IdentityProvider: {
          UserPoolId: pool.Id,
          ProviderName: "Google",
          ProviderType: "Google",
          ProviderDetails: {
            ...OAUTH,
            attributes_url: "https://people.googleapis.com/v1/people/me?personFields=",
            attributes_url_add_attributes: "true",
            authorize_url: "https://accounts.google.com/o/oauth2/v2/auth",
            oidc_issuer: "https://accounts.google.com",
            token_request_method: "POST",
            token_url: "https://www.googleapis.com/oauth2/v4/token",
          },
          AttributeMapping: { email: "email", username: "sub" },
          IdpIdentifiers: ["example.com"],
          CreationDate: expect.anything(),
          LastModifiedDate: expect.anything(),
        },
      });
      expect((await aws("describe-identity-provider", ...named)).output).toEqual(made.output);
      const byIdentifier = [
        "get-identity-provider-by-identifier",
        ...place,
        "--idp-identifier",
        "example.com",
      ];
      expect((await aws(...byIdentifier)).output).toEqual(made.output);
      const updated = await aws("update-identity-provider", ...named, "--idp-identifiers", "else.example");
      expect(updated.output.IdentityProvider).toMatchObject({
        ProviderDetails: made.output.IdentityProvider.ProviderDetails,
        IdpIdentifiers: ["else.example"],
      });
      expect((await aws(...byIdentifier)).errorCode).toBe("ResourceNotFoundException");
      const listed = await aws("list-identity-providers", ...place);
      expect(listed.output).toEqual({
        Providers: [
          {
            ProviderName: "Google",
            ProviderType: "Google",
            CreationDate: made.output.IdentityProvider.CreationDate,
            LastModifiedDate: updated.output.IdentityProvider.LastModifiedDate,
          },
        ],
      });
      const deleted = await aws("delete-identity-provider", ...named);
      expect([deleted.status, deleted.output]).toEqual([0, undefined]);
      const again = await aws("delete-identity-provider", ...named);
      expect([again.errorCode, again.errorMessage]).toEqual([
        "ResourceNotFoundException",
        "Identity provider Google does not exist.",
      ]);
    });
  },
);

describe("what each type of provider is shown with", () => {
  it.each([
    [
      "Facebook",
      { ...OAUTH, authorize_scopes: "public_profile, email", api_version: "v19.0" },
      {
        attributes_url: "https://graph.facebook.com/v19.0/me?fields=",
        attributes_url_add_attributes: "true",
        authorize_url: "https://www.facebook.com/v19.0/dialog/oauth",
        token_request_method: "GET",
        token_url: "https://graph.facebook.com/v19.0/oauth/access_token",
      },
      "id",
    ],
    [
      "LoginWithAmazon",
      OAUTH,
      {
        attributes_url: "https://api.amazon.com/user/profile",
        attributes_url_add_attributes: "false",
        authorize_url: "https://www.amazon.com/ap/oa",
        token_request_method: "POST",
        token_url: "https://api.amazon.com/auth/o2/token",
      },
      "user_id",
    ],
    ["OIDC", { ...OIDC, client_secret: "s" }, { attributes_url_add_attributes: "false" }, "sub"],
    [
      "OIDC",
      { ...OIDC, token_url: "https://login.example.com/token" },
      { attributes_url_add_attributes: "false" },
      "sub",
    ],
  ] as const)(
    "%s: its endpoints and the claim of the user name",
    async (ProviderType, details, added, claim) => {
      const pool = await makePool(api);
      const ProviderName = ProviderType === "OIDC" ? "Corp" : ProviderType;
      const provider = await create({ ProviderName, ProviderType, ProviderDetails: details }, pool.Id);
      expect(provider).toEqual({
        UserPoolId: pool.Id,
        ProviderName,
        ProviderType,
        ProviderDetails: { ...details, ...added },
        AttributeMapping: { username: claim },
        IdpIdentifiers: [],
        CreationDate: expect.any(Number),
        LastModifiedDate: expect.any(Number),
      });
      expect(await describeProvider(ProviderName, pool.Id)).toEqual(provider);
    },
  );

  it("SignInWithApple: everything but the private key, which stays when it is not given again", async () => {
    const pool = await makePool(api);
    const details = { client_id: "id", team_id: "t", key_id: "k", authorize_scopes: "email name" };
    const given = { ...details, private_key: "-----BEGIN" };
    const name = { ProviderName: "SignInWithApple" } as const;
    const provider = await create(
      { ...name, ProviderType: "SignInWithApple", ProviderDetails: given },
      pool.Id,
    );
    const shown = {
      ...details,
      attributes_url_add_attributes: "false",
      authorize_url: "https://appleid.apple.com/auth/authorize",
      oidc_issuer: "https://appleid.apple.com",
      token_request_method: "POST",
      token_url: "https://appleid.apple.com/auth/token",
    };
    expect(provider.ProviderDetails).toEqual(shown);
    expect((await describeProvider(name.ProviderName, pool.Id))?.ProviderDetails).toEqual(shown);
    const update = { UserPoolId: pool.Id, ...name, ProviderDetails: { ...shown, key_id: "k2" } };
    const { IdentityProvider } = await api("UpdateIdentityProvider", update);
    expect(IdentityProvider?.ProviderDetails).toEqual({ ...shown, key_id: "k2" });
  });

  it("SAML: the redirect endpoints of its metadata file", async () => {
    const pool = await makePool(api);
    const details = { MetadataFile: METADATA, IDPSignout: "true", RequestSigningAlgorithm: "rsa-sha256" };
    const provider = await create(
      { ProviderName: "Corp", ProviderType: "SAML", ProviderDetails: details },
      pool.Id,
    );
    expect(provider).toMatchObject({ AttributeMapping: {}, IdpIdentifiers: [] });
    expect(provider.ProviderDetails).toEqual({
      ...details,
      SSORedirectBindingURI: "https://idp.example.com/sso?a=1&b=2",
      SLORedirectBindingURI: "https://idp.example.com/slo",
    });
    const moved = metadata(endpoint("SingleSignOnService", "HTTP-Redirect", "https://new.example.com/sso"));
    const ProviderDetails = { ...provider.ProviderDetails, MetadataFile: moved };
    const update = { UserPoolId: pool.Id, ProviderName: "Corp", ProviderDetails };
    const { IdentityProvider } = await api("UpdateIdentityProvider", update);
    expect(IdentityProvider?.ProviderDetails).toEqual({
      ...details,
      MetadataFile: moved,
      SSORedirectBindingURI: "https://new.example.com/sso",
    });
  });

  it("SAML by URL: what was given", async () => {
    const pool = await makePool(api);
    const ProviderDetails = { MetadataURL: "https://idp.invalid/metadata", IDPInit: "true" };
    const provider = await create({ ProviderName: "Corp", ProviderType: "SAML", ProviderDetails }, pool.Id);
    expect(provider.ProviderDetails).toEqual(ProviderDetails);
  });
});

describe("CreateIdentityProvider refuses", () => {
  it.each(["Google", "Facebook", "LoginWithAmazon"] as const)("%s without its keys", async (type) => {
    for (const key of Object.keys(OAUTH)) {
      const { [key as keyof typeof OAUTH]: _, ...ProviderDetails } = OAUTH;
      expect(await refusal(create({ ProviderName: type, ProviderType: type, ProviderDetails }))).toBe(
        "InvalidParameterException: clientId, clientSecret and authorizeScopes are all required idp details.",
      );
    }
  });

  it("OIDC without its keys", async () => {
    for (const key of Object.keys(OIDC)) {
      const { [key as keyof typeof OIDC]: _, ...ProviderDetails } = OIDC;
      expect(await refusal(create({ ProviderName: "Corp", ProviderType: "OIDC", ProviderDetails }))).toBe(
        "InvalidParameterException: clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.",
      );
    }
  });

  const oidc = (more: Record<string, string>) => ({ ProviderDetails: { ...OIDC, ...more } });
  const saml = (ProviderDetails: Record<string, string>) => ({ ProviderType: "SAML", ProviderDetails });
  it.each([
    [
      "Apple without its keys",
      { ProviderType: "SignInWithApple", ProviderName: "SignInWithApple" },
      /idp details/,
    ],
    ["a social provider under another name", { ProviderType: "Google", ProviderName: "Corp" }, /Corp/],
    ["another type under a social provider's name", { ProviderName: "Google" }, /Google/],
    ["the name of the pool's own directory", { ProviderName: "COGNITO" }, /COGNITO/],
    ["a name that begins with an underscore", { ProviderName: "_corp" }, /'providerName' failed to satisfy/],
    ["a name of two characters", { ProviderName: "ab" }, /'providerName' failed to satisfy/],
    ["another method than GET and POST", oidc({ attributes_request_method: "PUT" }), /GET or POST/],
    ["an issuer that is no URL", oidc({ oidc_issuer: "login" }), /oidc_issuer/],
    ["an endpoint that is no web address", oidc({ token_url: "file:///etc/passwd" }), /token_url/],
    ["SAML without metadata", saml({ IDPInit: "true" }), /MetadataURL or MetadataFile/],
    ["SAML with both metadata", saml({ MetadataURL: "https://a.b", MetadataFile: METADATA }), /one of/],
    ["SAML with a flag that is none", saml({ MetadataFile: METADATA, IDPInit: "yes" }), /IDPInit/],
    [
      "SAML with another algorithm",
      saml({ MetadataFile: METADATA, RequestSigningAlgorithm: "md5" }),
      /rsa-sha256/,
    ],
    ["a mapping of what is no attribute", { AttributeMapping: { shoe_size: "size" } }, /shoe_size/],
    ["an identifier twice", { IdpIdentifiers: ["a", "a"] }, /identifier/i],
    ["levels of assurance that are none", { AcrMapping: { Level5: "x" } }, /Level1/],
    [
      "levels of assurance of SAML",
      { ...saml({ MetadataFile: METADATA }), AcrMapping: { Level1: "x" } },
      /OIDC/,
    ],
  ])("%s", async (_what, given, sentence) => {
    const call = create({
      ProviderName: "Corp",
      ProviderType: "OIDC",
      ProviderDetails: OIDC,
      ...given,
    } as never);
    const refused = await refusal(call);
    expect(refused).toMatch(/^InvalidParameterException: /);
    expect(refused).toMatch(sentence);
    expect((await api("ListIdentityProviders", { UserPoolId })).Providers).toEqual([]);
  });

  const sso = endpoint("SingleSignOnService", "HTTP-Redirect", "https://idp.example.com/sso");
  it.each([
    ["text", "metadata"],
    ["nothing that is finished", METADATA.slice(0, -20)],
    ["a document type, which could declare entities", `<!DOCTYPE x [<!ENTITY a "b">]>${metadata(sso)}`],
    ["an entity that nobody declared", metadata(sso, 'entityID="&xxe;"')],
    ["no endpoint for redirects", metadata(endpoint("SingleSignOnService", "HTTP-POST", "https://a.b/"))],
    ["a script for an endpoint", metadata(endpoint("SingleSignOnService", "HTTP-Redirect", "javascript:1"))],
    ["no entity id", metadata(sso, "")],
    ["an attribute twice", metadata(sso, 'entityID="a" entityID="b"')],
    ["another namespace", metadata(sso).replace("SAML:2.0:metadata", "SAML:1.0:metadata")],
    ["crossed elements", "<a><b></a></b>"],
    ["too many levels", "<a>".repeat(5000) + "</a>".repeat(5000)],
  ])("a metadata file with %s", async (_what, MetadataFile) => {
    const given = { ProviderName: "Corp", ProviderType: "SAML", ProviderDetails: { MetadataFile } } as const;
    expect(await refusal(create(given))).toMatch(/^InvalidParameterException: .*MetadataFile/);
  });

  it("any rubbish for a metadata file, without failing", async () => {
    const pieces = fc.constantFrom(
      "<",
      ">",
      "a",
      " ",
      "/",
      "&",
      ";",
      '"',
      "'",
      "=",
      "<!--",
      "-->",
      "<?",
      "]]>",
      "\n",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { minLength: 1, maxLength: 60 }), async (parts) => {
        const ProviderDetails = { MetadataFile: parts.join("") };
        const given = { ProviderName: "Corp", ProviderType: "SAML", ProviderDetails } as const;
        expect(await refusal(create(given))).toMatch(/^InvalidParameterException: .*MetadataFile/);
      }),
      { numRuns: 100 },
    );
  });
});

describe("an identity provider", () => {
  const corp = (name: string, more: Partial<Given> = {}): Given => ({
    ProviderName: name,
    ProviderType: "OIDC",
    ProviderDetails: OIDC,
    ...more,
  });

  it("is one of its name, and alone has its identifiers", async () => {
    const pool = await makePool(api);
    await create(corp("Corp", { IdpIdentifiers: ["corp.example"] }), pool.Id);
    expect(await refusal(create(corp("Corp"), pool.Id))).toMatch(/^DuplicateProviderException: .*Corp/);
    const taken = /^InvalidParameterException: .*corp\.example/;
    const rival = corp("Rival", { IdpIdentifiers: ["other.example", "corp.example"] });
    expect(await refusal(create(rival, pool.Id))).toMatch(taken);
    expect((await api("ListIdentityProviders", { UserPoolId: pool.Id })).Providers).toHaveLength(1);
    await create(corp("Rival"), pool.Id);
    const update = { UserPoolId: pool.Id, ProviderName: "Rival", IdpIdentifiers: ["corp.example"] };
    expect(await refusal(api("UpdateIdentityProvider", update))).toMatch(taken);
    expect((await describeProvider("Rival", pool.Id))?.IdpIdentifiers).toEqual([]);
    const found = await api("GetIdentityProviderByIdentifier", {
      UserPoolId: pool.Id,
      IdpIdentifier: "corp.example",
    });
    expect(found.IdentityProvider?.ProviderName).toBe("Corp");
  });

  it("keeps what an update omits, and replaces wholly what it gives", async () => {
    const pool = await makePool(api);
    const made = await create(
      corp("Corp", {
        ProviderDetails: { ...OIDC, client_secret: "s", jwks_uri: "https://login.example.com/jwks" },
        AttributeMapping: { email: "mail", name: "cn" },
        IdpIdentifiers: ["a", "b"],
        AcrMapping: { Level1: "low", Level2: "high" },
      }),
      pool.Id,
    );
    const place = { UserPoolId: pool.Id, ProviderName: "Corp" };
    await world.advanceSeconds(60);
    const untouched = (await api("UpdateIdentityProvider", place)).IdentityProvider;
    expect(untouched).toEqual({ ...made, LastModifiedDate: expect.any(Number) });
    expect(untouched?.LastModifiedDate).toBeGreaterThan(made.LastModifiedDate ?? 0);
    const changed = await api("UpdateIdentityProvider", {
      ...place,
      ProviderDetails: OIDC,
      AttributeMapping: { email: "email" },
      IdpIdentifiers: [],
      AcrMapping: { Level3: "x" },
    });
    expect(changed.IdentityProvider).toEqual({
      ...made,
      ProviderDetails: { ...OIDC, attributes_url_add_attributes: "false" },
      AttributeMapping: { email: "email", username: "sub" },
      IdpIdentifiers: [],
      AcrMapping: { Level3: "x" },
      LastModifiedDate: expect.any(Number),
    });
    expect(await describeProvider("Corp", pool.Id)).toEqual(changed.IdentityProvider);
  });

  it("is not there for any operation when it was never made", async () => {
    const there = { UserPoolId, ProviderName: "Nobody" };
    const sentence = "ResourceNotFoundException: Identity provider Nobody does not exist.";
    expect(await refusal(api("DescribeIdentityProvider", there))).toBe(sentence);
    expect(await refusal(api("UpdateIdentityProvider", there))).toBe(sentence);
    expect(await refusal(api("DeleteIdentityProvider", there))).toBe(sentence);
    const byIdentifier = api("GetIdentityProviderByIdentifier", { UserPoolId, IdpIdentifier: "nobody" });
    expect(await refusal(byIdentifier)).toMatch(/^ResourceNotFoundException: /);
  });

  it("is one of at most so many in a pool, however many are made at once, and is listed in pages", async () => {
    const pool = await makePool(api);
    const { won, refusals } = await race(
      Array.from({ length: 9 }, (_, i) => create(corp(`Corp${i}`), pool.Id)),
    );
    expect(won).toBe(6);
    expect(refusals).toEqual([expect.stringMatching(/^LimitExceededException: /)]);
    const names = new Set<string>();
    const sizes: number[] = [];
    const input = { UserPoolId: pool.Id, MaxResults: 4 };
    for await (const page of paginateListIdentityProviders({ client: world.client(), pageSize: 4 }, input)) {
      sizes.push(page.Providers?.length ?? 0);
      for (const provider of page.Providers ?? []) names.add(provider.ProviderName ?? "");
    }
    expect(sizes).toEqual([4, 2]);
    expect(names.size).toBe(6);
  });

  it("can be named by clients while the pool has it, and stays named when it goes", async () => {
    const pool = await makePool(api);
    const both = { SupportedIdentityProviders: ["COGNITO", "Corp"] };
    const missing = `InvalidParameterException: The provider Corp does not exist for User Pool ${pool.Id}.`;
    expect(await refusal(makeClient(api, pool.Id, both))).toBe(missing);
    await create(corp("Corp"), pool.Id);
    const client = await makeClient(api, pool.Id, both);
    expect(client).toMatchObject(both);
    await api("DeleteIdentityProvider", { UserPoolId: pool.Id, ProviderName: "Corp" });
    const place = { UserPoolId: pool.Id, ClientId: client.ClientId };
    expect((await api("DescribeUserPoolClient", place)).UserPoolClient).toMatchObject(both);
    expect(await refusal(api("UpdateUserPoolClient", { ...place, ...both }))).toBe(missing);
    const { UserPoolClient } = await api("UpdateUserPoolClient", place);
    expect(UserPoolClient).not.toHaveProperty("SupportedIdentityProviders");
  });

  it("leaves one record of each change, without its secrets", async () => {
    const pool = await makePool(api);
    const { audit } = world.server.services.store;
    const before = (await audit.search({}, null, 10_000)).length;
    await create(corp("Corp", { ProviderDetails: { ...OIDC, client_secret: "unspoken-word" } }), pool.Id);
    const place = { UserPoolId: pool.Id, ProviderName: "Corp" };
    await api("UpdateIdentityProvider", {
      ...place,
      ProviderDetails: { ...OIDC, client_secret: "unspoken-word" },
    });
    await api("DeleteIdentityProvider", place);
    const records = (await audit.search({}, null, 10_000)).slice(0, -before).map(({ record }) => record);
    expect(records.map((record) => JSON.parse(record).eventName)).toEqual([
      "DeleteIdentityProvider",
      "UpdateIdentityProvider",
      "CreateIdentityProvider",
    ]);
    for (const record of records) expect(record).not.toContain("unspoken-word");
  });

  it("has its secrets sealed in the database", async () => {
    const secrets = { client_secret: "a-very-secret-word", private_key: "another-secret-word" };
    await create(corp("Sealed", { ProviderDetails: { ...OIDC, ...secrets } }));
    const database = new DatabaseSync(join(world.dataDir, "cognate.sqlite"), { readOnly: true });
    const rows = database.prepare("select * from identity_provider where name = 'Sealed'").all();
    database.close();
    expect(rows).toHaveLength(1);
    const stored = JSON.stringify(rows, (_, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
    );
    expect(stored).toContain("login.example.com");
    for (const secret of Object.values(secrets)) expect(stored).not.toContain(secret);
  });
});
