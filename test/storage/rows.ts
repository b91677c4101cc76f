import type { Client } from "../../src/domain/clients/index.ts";
import type { Group } from "../../src/domain/groups/index.ts";
import type { OutboxMessage } from "../../src/domain/messages/index.ts";
import type { RefreshSession } from "../../src/domain/tokens/index.ts";
import type { PoolKey, UserPool } from "../../src/domain/user-pools/index.ts";
import type { User, UserKey } from "../../src/domain/users/index.ts";
import type { StoredCode } from "../../src/domain/verification/index.ts";
import type { Instant } from "../../src/runtime/clock.ts";

/*
 * What the storage tests store: complete and plain, with what a test is about given by it. Keys and names count up, so that no
 * test meets the rows of another.
 */

let last = 1_000_000;
export const nextKey = (): number => ++last;

export const at = (milliseconds: number): Instant => milliseconds as Instant;
export const NOW = at(1_900_000_000_000);
export const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

export function aPool(overrides: Partial<UserPool> = {}): UserPool {
  const key = nextKey();
  return {
    key: key as PoolKey,
    id: `eu-west-1_p${key}`,
    region: "eu-west-1",
    accountId: "123456789012",
    settings: { Name: "pool" },
    mfa: {},
    passwordStorage: "srp",
    wrappedDataKey: bytes(1, 2, 0, 255),
    createdAt: NOW,
    modifiedAt: NOW,
    ...overrides,
  };
}

export function aClient(poolKey: PoolKey, overrides: Partial<Client> = {}): Client {
  const key = nextKey();
  return {
    key,
    id: `client${key}`,
    poolKey,
    settings: { ClientName: "client" },
    secrets: [],
    createdAt: NOW,
    modifiedAt: NOW,
    ...overrides,
  };
}

export function aUser(poolKey: PoolKey, overrides: Partial<User> = {}): User {
  const key = nextKey();
  return {
    key: key as UserKey,
    poolKey,
    sub: `00000000-0000-7000-8000-${String(key).padStart(12, "0")}`,
    username: `user${key}`,
    status: "CONFIRMED",
    enabled: true,
    attributes: {},
    mfa: { enabled: [], preferred: null },
    createdAt: NOW,
    modifiedAt: NOW,
    ...overrides,
  };
}

export function aGroup(poolKey: PoolKey, overrides: Partial<Group> = {}): Group {
  return {
    poolKey,
    name: `group${nextKey()}`,
    description: null,
    roleArn: null,
    precedence: null,
    createdAt: NOW,
    modifiedAt: NOW,
    ...overrides,
  };
}

export function aRefreshSession(user: User, overrides: Partial<RefreshSession> = {}): RefreshSession {
  const key = nextKey();
  return {
    id: `session-${key}`,
    originJti: `origin-${key}`,
    poolKey: user.poolKey,
    userKey: user.key,
    clientId: "client",
    signedInAt: NOW,
    expiresAt: at(NOW + 1_000),
    revokedAt: null,
    counter: 0,
    rotatedAt: null,
    device: null,
    ...overrides,
  };
}

export function aCode(userKey: UserKey, overrides: Partial<StoredCode> = {}): StoredCode {
  return {
    userKey,
    purpose: "confirm-sign-up",
    digest: bytes(1, 2, 3),
    attribute: "email",
    target: "ana@example.com",
    wrongTries: 0,
    expiresAt: at(NOW + 1_000),
    ...overrides,
  };
}

export function aMessage(poolKey: PoolKey, overrides: Partial<OutboxMessage> = {}): OutboxMessage {
  return {
    key: nextKey(),
    poolKey,
    userKey: null,
    channel: "EMAIL",
    sealed: bytes(9, 8, 7),
    createdAt: NOW,
    attempts: 0,
    ...overrides,
  };
}
