import { X509Certificate } from "node:crypto";
import { GetSigningCertificateCommand } from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { apiOf, refusal } from "../support/api.ts";
import { closeWithinModel, makePool } from "../support/builders.ts";
import { type Nodes, startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

const read = (base64: string | undefined) => new X509Certificate(Buffer.from(base64 ?? "", "base64"));

describe("the signing certificate of a pool", () => {
  it("is a self-signed RSA certificate of ten years in plain base64, by the SDK", async () => {
    const { Id: UserPoolId } = await makePool(apiOf(world));
    const { Certificate } = await world.client().send(new GetSigningCertificateCommand({ UserPoolId }));
    expect(Certificate).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    const certificate = read(Certificate);
    expect(certificate.subject).toBe(`CN=${UserPoolId}`);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.publicKey.asymmetricKeyType).toBe("rsa");
    const { validFromDate, validToDate } = certificate;
    expect(validToDate.getUTCFullYear() - validFromDate.getUTCFullYear()).toBe(10);
    expect(Math.abs(validFromDate.getTime() - Date.now())).toBeLessThan(60_000);
  });

  it("stays the same and is another for each pool", async () => {
    const api = apiOf(world);
    const [first, second] = [await makePool(api), await makePool(api)];
    const of = async (UserPoolId: string) => (await api("GetSigningCertificate", { UserPoolId })).Certificate;
    const made = await of(first.Id);
    await world.advanceSeconds(3600);
    expect(await of(first.Id)).toBe(made);
    expect(await of(second.Id)).not.toBe(made);
  });

  it("goes with the pool", async () => {
    const api = apiOf(world);
    const { Id: UserPoolId } = await makePool(api);
    await api("GetSigningCertificate", { UserPoolId });
    await api("DeleteUserPool", { UserPoolId });
    expect(await refusal(api("GetSigningCertificate", { UserPoolId }))).toBe(
      `ResourceNotFoundException: User pool ${UserPoolId} does not exist.`,
    );
  });

  it("has its key sealed in the database", async () => {
    const { Id: UserPoolId } = await makePool(apiOf(world));
    await apiOf(world)("GetSigningCertificate", { UserPoolId });
    const { store, keyEncryptionKey } = world.server.services;
    const pool = await store.userPools.find(UserPoolId);
    const stored = pool && (await store.signingCertificates.find(pool.key));
    if (!pool || !stored) throw new Error("Nothing is stored");
    const algorithm = Buffer.from("2a864886f70d010101", "hex");
    expect(Buffer.from(stored.sealedPrivateKey).includes(algorithm)).toBe(false);
    const opened = keyEncryptionKey
      .dataKey(pool.id, pool.wrappedDataKey)
      .open("signing-certificate", `signing_certificate|${pool.key}`, stored.sealedPrivateKey);
    expect(opened.includes(algorithm)).toBe(true);
  });
});

const { url, reason } = inject("postgres");

describe.skipIf(url === null)(`certificates on two nodes on one PostgreSQL ${reason}`, () => {
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

  it("are one for all who ask at once", async () => {
    const { Id: UserPoolId } = await makePool(nodes.apis[0]);
    const results = await nodes.race(6, (node) => node("GetSigningCertificate", { UserPoolId }));
    const seen = results.map((result) => (result.status === "fulfilled" ? result.value.Certificate : null));
    expect(new Set(seen)).toHaveLength(1);
    expect(read(seen[0] ?? "").subject).toBe(`CN=${UserPoolId}`);
  });
});
