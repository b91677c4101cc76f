import {
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  DescribeUserPoolDomainCommand,
  UpdateUserPoolDomainCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Api, apiOf, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, makePool, PASSWORD } from "../support/builders.ts";
import { type Nodes, startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const TAKEN = "InvalidParameterException: Domain already associated with another user pool.";
const HAS_ONE = "InvalidParameterException: User pool already has a domain configured.";
const NO_PAIR = "InvalidParameterException: No such domain or user pool exists.";
const BAD_CERTIFICATE =
  "InvalidParameterException: The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.";
const certificate = (id: string) => `arn:aws:acm:us-east-1:123456789012:certificate/${id}`;
const ONE = { CertificateArn: certificate("11111111-1111-4111-8111-111111111111") };
const OTHER = {
  CertificateArn: certificate("22222222-2222-4222-8222-222222222222"),
  SecurityPolicy: "TLS_V1_3_2025" as const,
};

let world: World;
let api: Api;
beforeAll(async () => {
  world = await startWorld();
  api = apiOf(world);
});
afterAll(() => closeWithinModel(world));

const poolId = async (settings = {}) => (await makePool(api, settings)).Id;
const described = async (Domain: string) =>
  (await api("DescribeUserPoolDomain", { Domain })).DomainDescription;
const domainsOf = async (UserPoolId: string) => {
  const { UserPool } = await api("DescribeUserPool", { UserPoolId });
  return { Domain: UserPool?.Domain, CustomDomain: UserPool?.CustomDomain };
};

describe("a prefix domain", () => {
  it("is made, described, shown by its pool, and goes", async () => {
    const UserPoolId = await poolId();
    expect(await api("CreateUserPoolDomain", { UserPoolId, Domain: "shop" })).toEqual({});
    expect(await described("shop")).toEqual({
      UserPoolId,
      AWSAccountId: "123456789012",
      Domain: "shop",
      CloudFrontDistribution: new URL(world.url).hostname,
      Version: expect.stringMatching(/^20\d{12}$/),
      Status: "ACTIVE",
      CustomDomainConfig: {},
      ManagedLoginVersion: 1,
    });
    expect(await domainsOf(UserPoolId)).toEqual({ Domain: "shop", CustomDomain: undefined });
    expect(await api("DeleteUserPoolDomain", { UserPoolId, Domain: "shop" })).toEqual({});
    expect(await domainsOf(UserPoolId)).toEqual({ Domain: undefined, CustomDomain: undefined });
    expect(await described("shop")).toEqual({});
  });

  it("answers with the version that the request named, and changes it", async () => {
    const UserPoolId = await poolId();
    const made = await api("CreateUserPoolDomain", {
      UserPoolId,
      Domain: "versions",
      ManagedLoginVersion: 2,
    });
    expect(made).toEqual({ ManagedLoginVersion: 2 });
    expect(await api("UpdateUserPoolDomain", { UserPoolId, Domain: "versions" })).toEqual({});
    expect((await described("versions"))?.ManagedLoginVersion).toBe(2);
    await api("UpdateUserPoolDomain", { UserPoolId, Domain: "versions", ManagedLoginVersion: 1 });
    expect((await described("versions"))?.ManagedLoginVersion).toBe(1);
  });

  it("has small letters, digits and inner hyphens, and no reserved word", async () => {
    const UserPoolId = await poolId();
    const made = (Domain: string) => refusal(api("CreateUserPoolDomain", { UserPoolId, Domain }));
    for (const name of ["Shop", "-shop", "shop-", "auth.example.com", "a_b", "größe"])
      expect(await made(name), name).toMatch(
        /^InvalidParameterException: The domain name contains an invalid character\./,
      );
    for (const [name, word] of [
      ["my-cognito-shop", "cognito"],
      ["laws", "aws"],
      ["amazonas", "amazon"],
    ] as const)
      expect(await made(name)).toBe(
        `InvalidParameterException: Domain cannot contain reserved word: ${word}`,
      );
    expect(await made("a".repeat(64))).toMatch(/less than or equal to 63/);
    expect(await domainsOf(UserPoolId)).toEqual({ Domain: undefined, CustomDomain: undefined });
  });

  it("belongs to one pool, which has one", async () => {
    const [first, second] = [await poolId(), await poolId()];
    await api("CreateUserPoolDomain", { UserPoolId: first, Domain: "unique" });
    expect(await refusal(api("CreateUserPoolDomain", { UserPoolId: second, Domain: "unique" }))).toBe(TAKEN);
    expect(await refusal(api("CreateUserPoolDomain", { UserPoolId: first, Domain: "unique" }))).toBe(HAS_ONE);
    expect(await refusal(api("CreateUserPoolDomain", { UserPoolId: first, Domain: "more" }))).toBe(HAS_ONE);
    expect(await domainsOf(second)).toEqual({ Domain: undefined, CustomDomain: undefined });
    await api("DeleteUserPoolDomain", { UserPoolId: first, Domain: "unique" });
    await api("CreateUserPoolDomain", { UserPoolId: second, Domain: "unique" });
    expect((await described("unique"))?.UserPoolId).toBe(second);
  });

  it("is changed and deleted by its own pool only", async () => {
    const [mine, theirs] = [await poolId(), await poolId()];
    await api("CreateUserPoolDomain", { UserPoolId: mine, Domain: "mine" });
    for (const [UserPoolId, Domain] of [
      [theirs, "mine"],
      [mine, "nobodys"],
    ] as const) {
      expect(await refusal(api("DeleteUserPoolDomain", { UserPoolId, Domain }))).toBe(NO_PAIR);
      expect(await refusal(api("UpdateUserPoolDomain", { UserPoolId, Domain, ManagedLoginVersion: 2 }))).toBe(
        NO_PAIR,
      );
    }
    expect((await described("mine"))?.ManagedLoginVersion).toBe(1);
    const unknown = "us-east-1_nobody000";
    expect(await refusal(api("CreateUserPoolDomain", { UserPoolId: unknown, Domain: "x" }))).toBe(
      `ResourceNotFoundException: User pool ${unknown} does not exist.`,
    );
  });

  it("takes no certificate and no routing later, nor a version that does not exist", async () => {
    const UserPoolId = await poolId();
    await api("CreateUserPoolDomain", { UserPoolId, Domain: "plain" });
    const changed = (more: object) =>
      refusal(api("UpdateUserPoolDomain", { UserPoolId, Domain: "plain", ...more }));
    expect(await changed({ CustomDomainConfig: ONE })).toMatch(/^InvalidParameterException/);
    expect(await changed({ ManagedLoginVersion: 3 })).toMatch(/^InvalidParameterException/);
    const Failover = { SecondaryRegion: "eu-west-1", PrimaryRoute53HealthCheckId: "abcdef11" };
    expect(await changed({ Routing: { Failover } })).toMatch(/^InvalidParameterException/);
  });

  it("has classic pages only in the LITE tier", async () => {
    const UserPoolId = await poolId({ UserPoolTier: "LITE" });
    const made = (more: object) => api("CreateUserPoolDomain", { UserPoolId, Domain: "lite", ...more });
    expect(await refusal(made({ ManagedLoginVersion: 2 }))).toMatch(/^FeatureUnavailableInTierException/);
    expect(await made({ ManagedLoginVersion: 1 })).toEqual({ ManagedLoginVersion: 1 });
    expect(
      await refusal(api("UpdateUserPoolDomain", { UserPoolId, Domain: "lite", ManagedLoginVersion: 2 })),
    ).toMatch(/^FeatureUnavailableInTierException/);
  });

  it("keeps its pool out of the LITE tier while it has pages of managed login", async () => {
    const UserPoolId = await poolId();
    const version = { UserPoolId, Domain: "managed" };
    await api("CreateUserPoolDomain", { ...version, ManagedLoginVersion: 2 });
    const toLite = () => api("UpdateUserPool", { UserPoolId, UserPoolTier: "LITE", PoolName: "lite" });
    expect(await refusal(toLite())).toMatch(/^TierChangeNotAllowedException: .*Managed Login$/);
    const { UserPool } = await api("DescribeUserPool", { UserPoolId });
    expect(UserPool).toMatchObject({ UserPoolTier: "ESSENTIALS", Name: "pool" });
    await api("UpdateUserPoolDomain", { ...version, ManagedLoginVersion: 1 });
    await toLite();
    expect((await api("DescribeUserPool", { UserPoolId })).UserPool?.UserPoolTier).toBe("LITE");
  });

  it("of another region's pool is not seen", async () => {
    const UserPoolId = await poolId();
    await api("CreateUserPoolDomain", { UserPoolId, Domain: "regional" });
    const ask = (region?: string) =>
      world.client(region).send(new DescribeUserPoolDomainCommand({ Domain: "regional" }));
    expect((await ask()).DomainDescription?.UserPoolId).toBe(UserPoolId);
    expect((await ask("eu-west-1")).DomainDescription).toEqual({});
  });
});

describe("a custom domain", () => {
  it("stands beside the prefix domain, by the SDK", async () => {
    const UserPoolId = await poolId();
    const sdk = world.client();
    await api("CreateUserPoolDomain", { UserPoolId, Domain: "beside" });
    const Domain = "auth.example.com";
    const made = await sdk.send(
      new CreateUserPoolDomainCommand({
        UserPoolId,
        Domain,
        ManagedLoginVersion: 2,
        CustomDomainConfig: ONE,
      }),
    );
    expect(made).toMatchObject({
      ManagedLoginVersion: 2,
      CloudFrontDomain: new URL(world.url).hostname,
    });
    expect(await domainsOf(UserPoolId)).toEqual({ Domain: "beside", CustomDomain: Domain });
    await sdk.send(new UpdateUserPoolDomainCommand({ UserPoolId, Domain, CustomDomainConfig: OTHER }));
    const { DomainDescription } = await sdk.send(new DescribeUserPoolDomainCommand({ Domain }));
    expect(DomainDescription).toMatchObject({
      Domain,
      Status: "ACTIVE",
      ManagedLoginVersion: 2,
      CustomDomainConfig: OTHER,
    });
    await api("DeleteUserPoolDomain", { UserPoolId, Domain });
    expect(await domainsOf(UserPoolId)).toEqual({ Domain: "beside", CustomDomain: undefined });
  });

  it("needs a whole name and a certificate of us-east-1", async () => {
    const UserPoolId = await poolId();
    const made = (Domain: string, CertificateArn: string) =>
      refusal(api("CreateUserPoolDomain", { UserPoolId, Domain, CustomDomainConfig: { CertificateArn } }));
    for (const name of ["login", "auth..example.com", "Auth.example.com", "auth.example.com.", "a b.example"])
      expect(await made(name, ONE.CertificateArn), name).toMatch(/^InvalidParameterException: Custom domain/);
    for (const arn of [
      "arn:aws:acm:eu-west-1:123456789012:certificate/11111111",
      "arn:aws:iam::123456789012:server-certificate/x",
    ])
      expect(await made("auth.example.org", arn)).toBe(BAD_CERTIFICATE);
  });

  it("is one of at most four of an account and region", async () => {
    const make = async (region: string, n: number) => {
      const sdk = world.client(region);
      const { UserPool } = await sdk.send(new CreateUserPoolCommand({ PoolName: "away" }));
      const Domain = `auth${n}.${region}.example`;
      return sdk.send(
        new CreateUserPoolDomainCommand({ UserPoolId: UserPool?.Id, Domain, CustomDomainConfig: ONE }),
      );
    };
    for (let n = 0; n < 4; n++) await make("eu-central-1", n);
    await expect(make("eu-central-1", 4)).rejects.toMatchObject({ name: "LimitExceededException" });
    await expect(make("eu-north-1", 4)).resolves.toBeDefined();
  });

  it("keeps its routing", async () => {
    const UserPoolId = await poolId();
    const Routing = { Failover: { SecondaryRegion: "eu-west-1", PrimaryRoute53HealthCheckId: "abcdef11" } };
    const Domain = "routed.example.com";
    await api("CreateUserPoolDomain", { UserPoolId, Domain, CustomDomainConfig: ONE, Routing });
    expect((await described(Domain))?.Routing).toEqual(Routing);
  });
});

describe("a pool with a domain", () => {
  it("cannot be deleted before its domain is", async () => {
    const UserPoolId = await poolId();
    await api("CreateUserPoolDomain", { UserPoolId, Domain: "holding" });
    expect(await refusal(api("DeleteUserPool", { UserPoolId }))).toBe(
      "InvalidParameterException: User pool cannot be deleted. It has a domain configured that should be deleted first.",
    );
    await api("DeleteUserPoolDomain", { UserPoolId, Domain: "holding" });
    await api("DeleteUserPool", { UserPoolId });
  });

  it("keeps it when its settings change", async () => {
    const UserPoolId = await poolId();
    await api("CreateUserPoolDomain", { UserPoolId, Domain: "lasting" });
    await api("UpdateUserPool", { UserPoolId });
    await api("SetUserPoolMfaConfig", { UserPoolId });
    expect(await domainsOf(UserPoolId)).toEqual({ Domain: "lasting", CustomDomain: undefined });
  });

  it("has its custom domain as the relying party of passkeys, else the prefix domain, unless one is named", async () => {
    const place = await scene(world, {
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "WEB_AUTHN"] } },
    });
    const { UserPoolId } = place;
    await place.user("ana");
    const { AccessToken } = await place.tokens("ana", PASSWORD);
    const relyingParty = async () => {
      const { CredentialCreationOptions } = await api("StartWebAuthnRegistration", { AccessToken });
      return (CredentialCreationOptions as { rp: { id: string } }).rp.id;
    };
    expect(await refusal(relyingParty())).toMatch(/^WebAuthnConfigurationMissingException/);
    await api("CreateUserPoolDomain", { UserPoolId, Domain: "passkeys" });
    expect(await relyingParty()).toBe("passkeys.auth.us-east-1.amazoncognito.com");
    const Domain = "auth.passkeys.example";
    await api("CreateUserPoolDomain", { UserPoolId, Domain, CustomDomainConfig: ONE });
    expect(await relyingParty()).toBe(Domain);
    await api("SetUserPoolMfaConfig", {
      UserPoolId,
      WebAuthnConfiguration: { RelyingPartyId: "passkeys.example" },
    });
    expect(await relyingParty()).toBe("passkeys.example");
  });
});

describe.skipIf(awsCliMissing)(`domains, by the AWS CLI ${awsCliMissing ?? ""}`, () => {
  it("are made, waited for and deleted", async () => {
    const UserPoolId = await poolId();
    const aws = awsCli(world.url);
    const names = ["--user-pool-id", UserPoolId, "--domain", "from-the-cli"];
    expect(await aws("create-user-pool-domain", ...names)).toMatchObject({ status: 0 });
    const found = await aws("describe-user-pool-domain", "--domain", "from-the-cli");
    expect(found.output.DomainDescription).toMatchObject({ UserPoolId, Status: "ACTIVE" });
    expect(await aws("delete-user-pool-domain", ...names)).toMatchObject({ status: 0 });
    const gone = await aws("describe-user-pool-domain", "--domain", "from-the-cli");
    expect(gone).toMatchObject({ status: 0, output: { DomainDescription: {} } });
  });
});

const { url, reason } = inject("postgres");

describe.skipIf(url === null)(`domains on two nodes on one PostgreSQL ${reason}`, () => {
  let database: string;
  let nodes: Nodes;

  beforeAll(async () => {
    database = await createDatabase(url ?? "");
    nodes = await startNodes(database);
  });
  afterAll(async () => {
    await nodes.close();
    await dropDatabase(url ?? "", database);
  });

  it("go to one of ten pools that ask for a name at once, and to one name of ten of a pool", async () => {
    const [a, b] = nodes.apis;
    const pools = await Promise.all(Array.from({ length: 10 }, async () => (await makePool(a)).Id));
    const forName = await nodes.race(10, (node) =>
      node("CreateUserPoolDomain", { UserPoolId: pools.pop() ?? "", Domain: "wanted" }),
    );
    expect(forName.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const { Id: UserPoolId } = await makePool(a);
    let n = 0;
    const forPool = await nodes.race(10, (node) =>
      node("CreateUserPoolDomain", { UserPoolId, Domain: `name${n++}` }),
    );
    expect(forPool.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const seen = await Promise.all(
      [a, b].map(async (node) => (await node("DescribeUserPool", { UserPoolId })).UserPool?.Domain),
    );
    expect(seen[0]).toMatch(/^name\d$/);
    expect(seen[1]).toBe(seen[0]);
  });
});
