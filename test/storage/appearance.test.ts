import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type {
  BrandingAsset,
  LogoImage,
  ManagedLoginBranding,
  Terms,
  UiCustomization,
} from "../../src/domain/branding/index.ts";
import type { Client } from "../../src/domain/clients/index.ts";
import type { Store } from "../../src/domain/store.ts";
import {
  type PoolDomain,
  type SigningCertificate,
  type UserPool,
  withDomain,
  withoutDomain,
} from "../../src/domain/user-pools/index.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { openSqliteStore } from "../../src/storage/drivers/sqlite.ts";
import { type OpenedStores, onBothDatabases } from "./both-databases.ts";
import { aClient, aPool, at, bytes, NOW, nextKey } from "./rows.ts";

const LATER = at(NOW + 1_000);
const id = (): string => `id-${String(nextKey()).padStart(12, "0")}`;

const aDomain = (pool: UserPool, more: Partial<PoolDomain> = {}): PoolDomain => ({
  poolKey: pool.key,
  name: `domain${nextKey()}`,
  kind: "prefix",
  settings: { ManagedLoginVersion: 2 },
  createdAt: NOW,
  modifiedAt: NOW,
  ...more,
});

const aBranding = (client: Client, more: Partial<ManagedLoginBranding> = {}): ManagedLoginBranding => ({
  poolKey: client.poolKey,
  id: id(),
  clientKey: client.key,
  clientId: client.id,
  useProvidedValues: false,
  settings: { components: { "näme \0 😀": [1.5, null, true] } },
  createdAt: NOW,
  modifiedAt: NOW,
  ...more,
});

const anAsset = (more: Partial<BrandingAsset> = {}): BrandingAsset => ({
  category: "FORM_LOGO",
  colorMode: "LIGHT",
  extension: "PNG",
  resourceId: "",
  bytes: bytes(0, 1, 255),
  ...more,
});

const someTerms = (client: Client, more: Partial<Terms> = {}): Terms => ({
  poolKey: client.poolKey,
  id: id(),
  clientKey: client.key,
  clientId: client.id,
  name: "terms-of-use",
  source: "LINK",
  enforcement: "NONE",
  links: { "cognito:default": "https://example.com" },
  createdAt: NOW,
  modifiedAt: NOW,
  ...more,
});

const LOGO: LogoImage = { type: "png", digest: "0".repeat(32), bytes: bytes(0x89, 0, 255) };

const aStyle = (
  pool: UserPool,
  client: Client | null,
  more: Partial<UiCustomization> = {},
): UiCustomization => ({
  poolKey: pool.key,
  clientKey: client?.key ?? null,
  clientId: client?.id ?? "ALL",
  css: ".logo-customizable{}",
  image: { type: LOGO.type, digest: LOGO.digest },
  createdAt: NOW,
  modifiedAt: NOW,
  ...more,
});

function contract(name: string, open: () => Promise<OpenedStores>): void {
  describe(name, () => {
    let opened: OpenedStores;
    let store: Store;
    let other: Store;

    beforeAll(async () => {
      opened = await open();
      ({ store, other } = opened);
    });
    afterAll(() => opened?.close());

    async function place(more: Partial<UserPool> = {}): Promise<{ pool: UserPool; client: Client }> {
      const pool = aPool(more);
      await store.userPools.insert(pool);
      return { pool, client: await storedClient(pool) };
    }

    async function storedClient(pool: UserPool): Promise<Client> {
      const client = aClient(pool.key);
      await store.clients.insert(client);
      return client;
    }

    const race = <T>(attempt: (node: Store) => Promise<T>): Promise<T[]> =>
      Promise.all(Array.from({ length: 20 }, (_, index) => attempt(index % 2 ? other : store)));

    describe("domains", () => {
      test("come back as they were stored, by any name that exists", async () => {
        const { pool } = await place();
        const domain = aDomain(pool);
        expect(await store.poolDomains.insert(domain)).toBe(true);
        expect(await other.poolDomains.find(domain.name)).toEqual(domain);
        expect(await other.poolDomains.find("nobody")).toBeNull();
        const changed = { ...domain, settings: { ManagedLoginVersion: 1 }, modifiedAt: LATER };
        await store.poolDomains.save(changed);
        expect(await other.poolDomains.find(domain.name)).toEqual(changed);
      });

      test("of one name, or one kind of a pool: of 20 at once exactly one is inserted", async () => {
        const wanted = aDomain((await place()).pool);
        const pools = await Promise.all(Array.from({ length: 20 }, async () => (await place()).pool));
        const byName = await race((node) =>
          node.poolDomains.insert({ ...wanted, poolKey: pools.pop()?.key ?? wanted.poolKey }),
        );
        expect(byName.filter(Boolean)).toHaveLength(1);
        const { pool } = await place();
        const ofPool = await race((node) => node.poolDomains.insert(aDomain(pool)));
        expect(ofPool.filter(Boolean)).toHaveLength(1);
        expect(await store.poolDomains.insert(aDomain(pool, { kind: "custom" }))).toBe(true);
      });

      test("of a pool that is gone are not inserted", async () => {
        expect(await store.poolDomains.insert(aDomain(aPool()))).toBe(false);
      });

      test("are counted by kind in their pool's region and account", async () => {
        const region = `region-${nextKey()}`;
        const { pool } = await place({ region });
        const { pool: second } = await place({ region });
        for (const domain of [
          aDomain(pool),
          aDomain(pool, { kind: "custom" }),
          aDomain(second, { kind: "custom" }),
        ])
          await store.poolDomains.insert(domain);
        expect(await other.poolDomains.count(pool, "custom")).toBe(2);
        expect(await other.poolDomains.count(pool, "prefix")).toBe(1);
        expect(await other.poolDomains.count({ region, accountId: "1" }, "custom")).toBe(0);
      });

      test("go for their own pool only, and with it", async () => {
        const [{ pool }, { pool: stranger }] = [await place(), await place()];
        const domain = aDomain(pool);
        await store.poolDomains.insert(domain);
        expect(await store.poolDomains.remove(stranger.key, domain.name)).toBe(false);
        expect(await store.poolDomains.remove(pool.key, domain.name)).toBe(true);
        expect(await other.poolDomains.find(domain.name)).toBeNull();
        await store.poolDomains.insert(domain);
        await store.userPools.remove(pool.key);
        expect(await other.poolDomains.find(domain.name)).toBeNull();
      });

      test("are named in the row of their pool, for every node at once", async () => {
        const { pool } = await place();
        expect(await other.userPools.find(pool.id)).not.toHaveProperty("domains");
        const named = withDomain(withDomain(pool, aDomain(pool, { name: "p" })), {
          kind: "custom",
          name: "c.d",
        });
        await store.userPools.save(named);
        expect(await other.userPools.find(pool.id)).toEqual(named);
        expect((await other.userPools.byKey(pool.key))?.domains).toEqual({
          Domain: "p",
          CustomDomain: "c.d",
        });
        await store.userPools.save(withoutDomain(named, { kind: "prefix" }));
        expect((await other.userPools.find(pool.id))?.domains).toEqual({ CustomDomain: "c.d" });
        const made = withDomain(aPool(), { kind: "prefix", name: "q" });
        await store.userPools.insert(made);
        expect(await other.userPools.find(made.id)).toEqual(made);
      });
    });

    describe("styles of classic pages", () => {
      test("take each other's place, but for the date they were made", async () => {
        const { pool, client } = await place();
        const style = aStyle(pool, client);
        await store.uiCustomizations.put(style, LOGO);
        expect(await other.uiCustomizations.find(pool.key, client.id)).toEqual(style);
        expect(await other.uiCustomizations.image(pool.key, client.id)).toEqual(LOGO);
        const bare = aStyle(pool, client, { css: null, image: null, createdAt: LATER, modifiedAt: LATER });
        await store.uiCustomizations.put(bare, null);
        expect(await other.uiCustomizations.find(pool.key, client.id)).toEqual({ ...bare, createdAt: NOW });
        expect(await other.uiCustomizations.image(pool.key, client.id)).toBeNull();
      });

      test("are the pool's and the client's, and go with either", async () => {
        const { pool, client } = await place();
        await store.uiCustomizations.put(aStyle(pool, null), null);
        await store.uiCustomizations.put(aStyle(pool, client), LOGO);
        await store.clients.remove(client.id);
        expect(await other.uiCustomizations.find(pool.key, client.id)).toBeNull();
        expect(await other.uiCustomizations.find(pool.key, "ALL")).not.toBeNull();
        await store.uiCustomizations.remove(pool.key, "ALL");
        expect(await other.uiCustomizations.find(pool.key, "ALL")).toBeNull();
        await store.uiCustomizations.put(aStyle(pool, null), null);
        await store.userPools.remove(pool.key);
        expect(await other.uiCustomizations.find(pool.key, "ALL")).toBeNull();
      });
    });

    describe("styles of managed login", () => {
      test("come back as they were stored, by id and client, and change", async () => {
        const { client, pool } = await place();
        const branding = aBranding(client);
        expect(await store.managedLoginBrandings.insert(branding)).toBe(true);
        expect(await other.managedLoginBrandings.find(pool.key, branding.id)).toEqual(branding);
        expect(await other.managedLoginBrandings.ofClient(client.key)).toEqual(branding);
        const changed = { ...branding, useProvidedValues: true, settings: null, modifiedAt: LATER };
        await store.managedLoginBrandings.save(changed);
        expect(await other.managedLoginBrandings.find(pool.key, branding.id)).toEqual(changed);
        const stranger = await place();
        expect(await other.managedLoginBrandings.find(stranger.pool.key, branding.id)).toBeNull();
        expect(await store.managedLoginBrandings.remove(stranger.pool.key, branding.id)).toBe(false);
        expect(await store.managedLoginBrandings.count(pool.key)).toBe(1);
        expect(await store.managedLoginBrandings.remove(pool.key, branding.id)).toBe(true);
        expect(await store.managedLoginBrandings.count(pool.key)).toBe(0);
      });

      test("of one client: of 20 at once exactly one is inserted", async () => {
        const { client } = await place();
        const inserted = await race((node) => node.managedLoginBrandings.insert(aBranding(client)));
        expect(inserted.filter(Boolean)).toHaveLength(1);
      });

      test("have one asset for each category, mode and resource, in that order", async () => {
        const { client } = await place();
        const branding = aBranding(client);
        await store.managedLoginBrandings.insert(branding);
        const icons = ["b", "a"].map((resourceId) => anAsset({ category: "IDP_BUTTON_ICON", resourceId }));
        const dark = anAsset({ colorMode: "DARK" });
        await store.managedLoginBrandings.putAssets(branding, [...icons, anAsset(), dark]);
        const replaced = anAsset({ extension: "SVG", bytes: bytes() });
        await store.managedLoginBrandings.putAssets(branding, [replaced]);
        expect(await other.managedLoginBrandings.assets(branding)).toEqual([
          dark,
          replaced,
          ...icons.toReversed(),
        ]);
        await store.managedLoginBrandings.removeAssets(branding);
        expect(await other.managedLoginBrandings.assets(branding)).toEqual([]);
      });

      test("go with their client and their pool, assets and all", async () => {
        const { client, pool } = await place();
        const [first, second] = [aBranding(client), aBranding(await storedClient(pool))];
        for (const branding of [first, second]) {
          await store.managedLoginBrandings.insert(branding);
          await store.managedLoginBrandings.putAssets(branding, [anAsset()]);
        }
        await store.clients.remove(client.id);
        expect(await other.managedLoginBrandings.find(pool.key, first.id)).toBeNull();
        expect(await other.managedLoginBrandings.assets(first)).toEqual([]);
        expect(await other.managedLoginBrandings.assets(second)).toHaveLength(1);
        await store.userPools.remove(pool.key);
        expect(await other.managedLoginBrandings.assets(second)).toEqual([]);
      });
    });

    describe("terms", () => {
      test("come back as they were stored, by id and by client and name, change, and go", async () => {
        const { client, pool } = await place();
        const terms = someTerms(client);
        expect(await store.terms.insert(terms)).toBe(true);
        expect(await other.terms.find(pool.key, terms.id)).toEqual(terms);
        expect(await other.terms.ofClient(client.key, terms.name)).toEqual(terms);
        const changed = { ...terms, name: "privacy-policy", links: {}, modifiedAt: LATER };
        await store.terms.save(changed);
        expect(await other.terms.find(pool.key, terms.id)).toEqual(changed);
        expect(await other.terms.ofClient(client.key, terms.name)).toBeNull();
        const stranger = await place();
        expect(await other.terms.find(stranger.pool.key, terms.id)).toBeNull();
        expect(await store.terms.remove(stranger.pool.key, terms.id)).toBe(false);
        expect(await store.terms.remove(pool.key, terms.id)).toBe(true);
      });

      test("of one name of a client: of 20 at once exactly one is inserted", async () => {
        const { client } = await place();
        const inserted = await race((node) => node.terms.insert(someTerms(client)));
        expect(inserted.filter(Boolean)).toHaveLength(1);
      });

      test("are listed by id, page by page, and only their pool's; they go with client and pool", async () => {
        const { client, pool } = await place();
        const stranger = await place();
        const terms = Array.from({ length: 5 }, (_, n) => someTerms(client, { name: `name${n}` }));
        for (const one of terms.toReversed()) await store.terms.insert(one);
        await store.terms.insert(someTerms(stranger.client));
        const page = await other.terms.list(pool.key, { afterId: null, limit: 3 });
        expect(page).toEqual(terms.slice(0, 3));
        const afterId = page[2]?.id ?? null;
        expect(await other.terms.list(pool.key, { afterId, limit: 3 })).toEqual(terms.slice(3));
        expect(await other.terms.count(pool.key)).toBe(5);
        await store.clients.remove(client.id);
        expect(await other.terms.count(pool.key)).toBe(0);
        await store.userPools.remove(stranger.pool.key);
        expect(await other.terms.count(stranger.pool.key)).toBe(0);
      });
    });

    test("signing certificates come back as they were stored, one for a pool, and go with it", async () => {
      const { pool } = await place();
      expect(await store.signingCertificates.find(pool.key)).toBeNull();
      const certificate: SigningCertificate = {
        poolKey: pool.key,
        certificate: bytes(1, 0, 255),
        sealedPrivateKey: bytes(2),
        createdAt: NOW,
      };
      await store.signingCertificates.insert(certificate);
      expect(await other.signingCertificates.find(pool.key)).toEqual(certificate);
      await expect(store.signingCertificates.insert(certificate)).rejects.toThrow();
      await store.userPools.remove(pool.key);
      expect(await other.signingCertificates.find(pool.key)).toBeNull();
    });
  });
}

onBothDatabases("appearance", contract);

describe("a database from before domains", () => {
  test("keeps its pools, which have none", async () => {
    const directory = mkdtempSync(path.join(os.tmpdir(), "cognate-appearance-"));
    const file = path.join(directory, "data.sqlite");
    try {
      await (await openSqliteStore({ path: file, logger: silentLogger })).close();
      const old = new DatabaseSync(file);
      old.exec(`
        drop table user_pool_domain;
        alter table user_pool drop column domains;
        delete from migration where name = '0008-appearance';
        insert into user_pool (key, id, region, account_id, settings, mfa, password_storage, wrapped_data_key, created_at, modified_at, version)
          values (1, 'eu-west-1_old', 'eu-west-1', '1', '{}', '{}', 'srp', x'01', 1, 1, 1);`);
      old.close();
      const store = await openSqliteStore({ path: file, logger: silentLogger });
      const pool = await store.userPools.find("eu-west-1_old");
      expect(pool).not.toBeNull();
      expect(pool).not.toHaveProperty("domains");
      await store.close();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
