import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../../src/domain/store.ts";
import type { AuthEvent } from "../../src/domain/threat-protection/index.ts";
import type { User, UserKey } from "../../src/domain/users/index.ts";
import { DAY } from "../../src/runtime/clock.ts";
import { type OpenedStores, onBothDatabases } from "./both-databases.ts";
import { aClient, aPool, at, aUser, NOW, nextKey } from "./rows.ts";

function anEvent(userKey: UserKey, overrides: Partial<AuthEvent> = {}): AuthEvent {
  const key = nextKey();
  return {
    key,
    id: `event-${key}`,
    userKey,
    clientId: "client",
    type: "SignIn",
    response: "InProgress",
    risk: { decision: "AccountTakeover", level: "High", compromised: true },
    challenges: [{ name: "Password", result: "Success" }],
    context: {
      ipAddress: "192.0.2.1",
      deviceName: "Chrome 126, Windows 10",
      deviceId: "digest",
      timezone: "-07:00",
      city: null,
      country: null,
      hasContext: true,
      requestId: "request",
    },
    feedback: null,
    createdAt: NOW,
    ...overrides,
  };
}

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

    async function poolAndUser() {
      const pool = aPool();
      await store.userPools.insert(pool);
      const user: User = aUser(pool.key);
      expect(await store.users.insert(user, user.username, [])).toBe("inserted");
      return { pool, user };
    }

    test("events come back as they were stored, and only for their user", async () => {
      const [{ user }, { user: stranger }] = [await poolAndUser(), await poolAndUser()];
      const event = anEvent(user.key);
      const bare = anEvent(user.key, {
        risk: { decision: "NoRisk", level: null, compromised: false },
        challenges: [],
        context: { ...event.context, ipAddress: null, deviceId: null, timezone: null, hasContext: false },
        feedback: { value: "Valid", provider: "Admin", at: at(NOW + 5) },
      });
      for (const one of [event, bare]) {
        await store.authEvents.insert(one);
        expect(await other.authEvents.find(user.key, one.id)).toEqual(one);
        expect(await other.authEvents.find(stranger.key, one.id)).toBeNull();
      }
    });

    test("events are listed newest first, page by page, and only their user's", async () => {
      const [{ user }, { user: stranger }] = [await poolAndUser(), await poolAndUser()];
      const events = Array.from({ length: 5 }, () => anEvent(user.key));
      for (const event of [...events, anEvent(stranger.key)]) await store.authEvents.insert(event);
      const newestFirst = events.toReversed();
      const page = await other.authEvents.list(user.key, { beforeKey: null, limit: 3 });
      expect(page).toEqual(newestFirst.slice(0, 3));
      const beforeKey = page[2]?.key ?? null;
      expect(await other.authEvents.list(user.key, { beforeKey, limit: 3 })).toEqual(newestFirst.slice(3));
    });

    test("an event goes on and gets feedback, each for its user only", async () => {
      const [{ user }, { user: stranger }] = [await poolAndUser(), await poolAndUser()];
      const event = anEvent(user.key);
      await store.authEvents.insert(event);
      const challenges = [...event.challenges, { name: "Mfa", result: "Failure" }] as const;
      const outcome = { response: "Fail", challenges } as const;
      const feedback = { value: "Invalid", provider: "User", at: NOW } as const;
      expect(await store.authEvents.settle(stranger.key, event.id, outcome)).toBeNull();
      expect(await store.authEvents.giveFeedback(stranger.key, event.id, feedback)).toBeNull();
      expect(await other.authEvents.find(user.key, event.id)).toEqual(event);
      expect(await store.authEvents.settle(user.key, event.id, outcome)).toEqual({ ...event, ...outcome });
      const judged = { ...event, ...outcome, feedback };
      expect(await store.authEvents.giveFeedback(user.key, event.id, feedback)).toEqual(judged);
      expect(await other.authEvents.find(user.key, event.id)).toEqual(judged);
    });

    test("the newest event of a type that is in progress is found", async () => {
      const { user } = await poolAndUser();
      const open = anEvent(user.key, { type: "SignUp" });
      for (const event of [
        anEvent(user.key, { type: "SignUp" }),
        open,
        anEvent(user.key, { type: "SignUp", response: "Pass" }),
        anEvent(user.key, { type: "ForgotPassword" }),
      ])
        await store.authEvents.insert({ ...event, key: event === open ? nextKey() : event.key });
      expect((await other.authEvents.findOpen(user.key, "SignUp"))?.id).toBe(open.id);
      expect(await other.authEvents.findOpen(user.key, "ResendCode")).toBeNull();
    });

    test("events go with their user, and after two years", async () => {
      const [{ user }, { user: stays }] = [await poolAndUser(), await poolAndUser()];
      const old = anEvent(stays.key, { createdAt: at(NOW - 2 * 365 * DAY) });
      const young = anEvent(stays.key, { createdAt: at(NOW - 2 * 365 * DAY + 1) });
      const gone = anEvent(user.key);
      for (const event of [old, young, gone]) await store.authEvents.insert(event);
      await store.users.remove(user.key);
      expect(await other.authEvents.find(user.key, gone.id)).toBeNull();
      await store.removeExpired(NOW);
      expect(await other.authEvents.find(stays.key, old.id)).toBeNull();
      expect(await other.authEvents.find(stays.key, young.id)).toEqual(young);
    });

    test("an event whose key is taken draws another", async () => {
      const { user } = await poolAndUser();
      const first = anEvent(user.key);
      await store.authEvents.insert(first);
      const keys = [first.key, nextKey()];
      let draws = 0;
      const event = await store.transaction(async ({ authEvents }) => {
        const drawn = anEvent(user.key, { key: keys[draws++] ?? 0 });
        await authEvents.insert(drawn);
        return drawn;
      });
      expect(draws).toBe(2);
      expect(await other.authEvents.find(user.key, event.id)).toEqual(event);
    });

    test("risk settings belong to a pool or one client of it, and go with either", async () => {
      const { pool } = await poolAndUser();
      const { pool: stranger } = await poolAndUser();
      const client = aClient(pool.key);
      await store.clients.insert(client);
      const blocked = (range: string) => ({
        settings: { RiskExceptionConfiguration: { BlockedIPRangeList: [range] } },
        modifiedAt: NOW,
      });
      expect(await store.riskConfigurations.find(pool.key, null)).toBeNull();
      await store.riskConfigurations.put(pool.key, null, blocked("192.0.2.0/24"));
      await store.riskConfigurations.put(pool.key, client.id, blocked("198.51.100.0/24"));
      await store.riskConfigurations.put(pool.key, client.id, blocked("203.0.113.0/24"));
      const both = {
        pool: blocked("192.0.2.0/24").settings,
        client: blocked("203.0.113.0/24").settings,
      };
      expect(await other.riskConfigurations.both(pool.key, client.id)).toEqual(both);
      expect(await other.riskConfigurations.both(stranger.key, client.id)).toEqual({
        pool: null,
        client: null,
      });
      await store.clients.remove(client.id);
      expect(await other.riskConfigurations.both(pool.key, client.id)).toEqual({ ...both, client: null });
      await store.userPools.remove(pool.key);
      expect(await other.riskConfigurations.find(pool.key, null)).toBeNull();
    });

    test("log configurations belong to a pool and go with it", async () => {
      const { pool } = await poolAndUser();
      const LogGroupArn = "arn:aws:logs:us-east-1:123456789012:log-group:pool";
      const configuration = {
        EventSource: "userNotification",
        LogLevel: "ERROR",
        CloudWatchLogsConfiguration: { LogGroupArn },
      } as const;
      expect(await store.logDeliveryConfigurations.find(pool.key)).toEqual([]);
      await store.logDeliveryConfigurations.put(pool.key, []);
      await store.logDeliveryConfigurations.put(pool.key, [configuration]);
      expect(await other.logDeliveryConfigurations.find(pool.key)).toEqual([configuration]);
      await store.userPools.remove(pool.key);
      expect(await other.logDeliveryConfigurations.find(pool.key)).toEqual([]);
    });
  });
}

onBothDatabases("threat protection", contract);
