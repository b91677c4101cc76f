import type { Client } from "../clients/index.ts";
import type { Repositories } from "../store.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";
import type { AuditSubject } from "./record.ts";

/** How sure it is that a user who was read is the one that the call is about. */
const SURENESS = { read: 1, changed: 2 } as const;

/** Learns from what a call reads and writes whom it is about: no operation has to tell, and none can forget to. */
export class CallSubject {
  #sub: string | null = null;
  #sureness = 0;
  #userPoolId: string | null = null;
  #clientId: string | null = null;

  /** @param input the call's parameters, where they name pool and client */
  constructor(input: Readonly<Record<string, unknown>> | null) {
    const text = (value: unknown) => (typeof value === "string" ? value : null);
    this.#userPoolId = text(input?.userPoolId);
    this.#clientId = text(input?.clientId);
  }

  /** Of users that are read the first counts, of those that are changed the first of these. */
  user(user: Pick<User, "sub"> | null, how: keyof typeof SURENESS): void {
    if (!user || SURENESS[how] <= this.#sureness) return;
    this.#sub = user.sub;
    this.#sureness = SURENESS[how];
  }

  pool(pool: Pick<UserPool, "id"> | null): void {
    this.#userPoolId ??= pool?.id ?? null;
  }

  client(client: Pick<Client, "id"> | null): void {
    this.#clientId ??= client?.id ?? null;
  }

  known(): AuditSubject {
    return { sub: this.#sub, userPoolId: this.#userPoolId, clientId: this.#clientId };
  }
}

type Watched = Pick<Repositories, "users" | "userPools" | "clients" | "refreshSessions">;

/** The repository, whose methods of these names are watched: each watcher is told what a call gave. */
export function watching<R extends object>(
  repository: R,
  watch: { readonly [K in keyof R]?: (result: unknown, args: readonly unknown[]) => void },
): R {
  return new Proxy(repository, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== "function") return method;
      const watcher = watch[name as keyof R];
      return async (...args: unknown[]) => {
        const result: unknown = await Reflect.apply(method, target, args);
        watcher?.(result, args);
        return result;
      };
    },
  });
}

export function watchedRepositories(
  { users, userPools, clients, refreshSessions }: Watched,
  subject: CallSubject,
): Watched {
  const read = (result: unknown) => subject.user(result as User | null, "read");
  const pool = (result: unknown) => subject.pool(result as UserPool | null);
  const client = (result: unknown) => subject.client(result as Client | null);
  return {
    users: watching(users, {
      byUsername: read,
      bySub: read,
      byAlias: read,
      byKey: read,
      lock: (result) => subject.user(result as User | null, "changed"),
      insert: (result, [user]) => {
        if (result === "inserted") subject.user(user as User, "changed");
      },
    }),
    userPools: watching(userPools, {
      find: pool,
      byKey: pool,
      lock: pool,
      insert: (_, [made]) => subject.pool(made as UserPool),
    }),
    refreshSessions: watching(refreshSessions, {
      findWithUser: (found) => subject.user((found as { user: User } | null)?.user ?? null, "read"),
    }),
    clients: watching(clients, {
      find: client,
      insert: (_, [made]) => subject.client(made as Client),
    }),
  };
}
