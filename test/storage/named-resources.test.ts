import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { IdentityProvider } from "../../src/domain/identity-providers/index.ts";
import type { ResourceServer } from "../../src/domain/resource-servers/index.ts";
import type { Store } from "../../src/domain/store.ts";
import type { PoolKey } from "../../src/domain/user-pools/index.ts";
import { type OpenedStores, onBothDatabases } from "./both-databases.ts";
import { aPool, at, bytes, NOW, nextKey } from "./rows.ts";

const LATER = at(NOW + 1_000);

const aServer = (poolKey: PoolKey, overrides: Partial<ResourceServer> = {}): ResourceServer => ({
  poolKey,
  identifier: `https://api.example.com/${nextKey()}`,
  name: "Orders",
  scopes: [{ name: "read", description: "näme 😀" }],
  createdAt: NOW,
  modifiedAt: NOW,
  ...overrides,
});

const aProvider = (poolKey: PoolKey, overrides: Partial<IdentityProvider> = {}): IdentityProvider => ({
  poolKey,
  name: `idp${nextKey()}`,
  type: "OIDC",
  details: { client_id: "näme \0 😀" },
  sealedSecrets: bytes(1, 0, 255),
  identifiers: [],
  attributeMapping: { email: "email" },
  acrMapping: { Level1: "low" },
  createdAt: NOW,
  modifiedAt: NOW,
  ...overrides,
});

function contract(name: string, open: () => Promise<OpenedStores>): void {
  describe(name, () => {
    let opened: OpenedStores;
    let store: Store;
    let other: Store;
    let poolKey: PoolKey;

    async function storedPool(): Promise<PoolKey> {
      const pool = aPool();
      await store.userPools.insert(pool);
      return pool.key;
    }

    beforeAll(async () => {
      opened = await open();
      ({ store, other } = opened);
      poolKey = await storedPool();
    });
    afterAll(() => opened?.close());

    describe("resource servers", () => {
      test("come back as they were stored, only in their pool, and once per identifier", async () => {
        const server = aServer(poolKey);
        expect(await store.resourceServers.insert(server)).toBe(true);
        expect(await other.resourceServers.insert({ ...server, name: "twin" })).toBe(false);
        expect(await other.resourceServers.find(poolKey, server.identifier)).toEqual(server);
        expect(await other.resourceServers.find(await storedPool(), server.identifier)).toBeNull();
      });

      test("change and go, and tell whether they were there", async () => {
        const server = aServer(poolKey);
        await store.resourceServers.insert(server);
        const changed = { ...server, name: "New", scopes: [], modifiedAt: LATER };
        expect(await other.resourceServers.save(changed)).toBe(true);
        expect(await store.resourceServers.find(poolKey, server.identifier)).toEqual(changed);
        expect(await other.resourceServers.remove(poolKey, server.identifier)).toBe(true);
        expect(await store.resourceServers.remove(poolKey, server.identifier)).toBe(false);
        expect(await store.resourceServers.save(changed)).toBe(false);
      });

      test("are listed by identifier page by page, counted to a cap, and go with their pool", async () => {
        const own = await storedPool();
        const servers = ["a", "b/c", "~"].map((identifier) => aServer(own, { identifier }));
        for (const server of servers.toReversed()) await store.resourceServers.insert(server);
        const first = await other.resourceServers.list(own, { afterIdentifier: null, limit: 2 });
        expect(first).toEqual(servers.slice(0, 2));
        const rest = await other.resourceServers.list(own, { afterIdentifier: "b/c", limit: 2 });
        expect(rest).toEqual(servers.slice(2));
        expect(await other.resourceServers.count(own, 10)).toBe(3);
        expect(await other.resourceServers.count(own, 2)).toBe(2);
        await store.userPools.remove(own);
        expect(await other.resourceServers.count(own, 10)).toBe(0);
      });
    });

    describe("identity providers", () => {
      const insert = (provider: IdentityProvider, node = store) =>
        node.transaction(({ identityProviders }) => identityProviders.insert(provider));
      const save = (provider: IdentityProvider) =>
        store.transaction(({ identityProviders }) => identityProviders.save(provider));

      test("come back as they were stored, by name and identifier, only in their pool", async () => {
        const provider = aProvider(poolKey, { identifiers: ["b.example", "a.example"] });
        const plain = aProvider(poolKey, { sealedSecrets: null, acrMapping: null });
        expect(await insert(provider)).toBe("stored");
        expect(await insert(plain)).toBe("stored");
        expect(await other.identityProviders.find(poolKey, provider.name)).toEqual(provider);
        expect(await other.identityProviders.lock(poolKey, plain.name)).toEqual(plain);
        expect(await other.identityProviders.byIdentifier(poolKey, "a.example")).toEqual(provider);
        const elsewhere = await storedPool();
        expect(await other.identityProviders.find(elsewhere, provider.name)).toBeNull();
        expect(await other.identityProviders.byIdentifier(elsewhere, "a.example")).toBeNull();
      });

      test("of one name, and with one identifier: of 20 at once exactly one is stored", async () => {
        const names = Array.from({ length: 20 }, (_, index) =>
          insert(aProvider(poolKey, { name: "one" }), index % 2 ? store : other),
        );
        const byName = await Promise.all(names);
        expect(byName.filter((result) => result === "stored")).toHaveLength(1);
        expect(byName.filter((result) => result === "name-taken")).toHaveLength(19);
        const identifiers = Array.from({ length: 20 }, (_, index) =>
          insert(aProvider(poolKey, { identifiers: ["shared"] }), index % 2 ? store : other),
        );
        const byIdentifier = await Promise.all(identifiers);
        expect(byIdentifier.filter((result) => result === "stored")).toHaveLength(1);
        expect(byIdentifier).toContainEqual({ identifierTaken: "shared" });
      });

      test("change, giving up identifiers that they no longer have", async () => {
        const provider = aProvider(poolKey, { identifiers: ["old", "kept"] });
        await insert(provider);
        const changed = {
          ...provider,
          details: { client_id: "new" },
          sealedSecrets: null,
          identifiers: ["kept", "new"],
          attributeMapping: {},
          acrMapping: null,
          modifiedAt: LATER,
        };
        expect(await save(changed)).toBe("stored");
        expect(await other.identityProviders.find(poolKey, provider.name)).toEqual(changed);
        expect(await other.identityProviders.byIdentifier(poolKey, "old")).toBeNull();
        expect(await other.identityProviders.byIdentifier(poolKey, "new")).toEqual(changed);
        const rival = aProvider(poolKey, { identifiers: ["old"] });
        expect(await insert(rival)).toBe("stored");
        expect(await save({ ...rival, identifiers: ["new"] })).toEqual({ identifierTaken: "new" });
      });

      test("go with their identifiers, alone or with their pool", async () => {
        const own = await storedPool();
        const [one, two] = ["one", "two"].map((name) =>
          aProvider(own, { name, identifiers: [`${name}.id`] }),
        );
        if (!one || !two) throw new Error("No providers");
        for (const provider of [two, one]) await insert(provider);
        expect(await other.identityProviders.list(own, { afterName: null, limit: 5 })).toEqual([one, two]);
        expect(await other.identityProviders.list(own, { afterName: "one", limit: 5 })).toEqual([two]);
        expect(await store.identityProviders.remove(own, "one")).toBe(true);
        expect(await store.identityProviders.remove(own, "one")).toBe(false);
        expect(await save(one)).toBe("no-such-provider");
        expect(await other.identityProviders.byIdentifier(own, "one.id")).toBeNull();
        expect(await insert(aProvider(own, { identifiers: ["one.id"] }))).toBe("stored");
        expect(await other.identityProviders.count(own, 10)).toBe(2);
        await store.userPools.remove(own);
        expect(await other.identityProviders.count(own, 10)).toBe(0);
        expect(await other.identityProviders.byIdentifier(own, "two.id")).toBeNull();
      });
    });
  });
}

onBothDatabases("resource servers and identity providers", contract);
