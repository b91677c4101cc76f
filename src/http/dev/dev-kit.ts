import { type MessageContent, type OutboxMessage, openMessage } from "../../domain/messages/index.ts";
import type { Services } from "../../domain/services.ts";
import type { StoreSnapshots } from "../../domain/store.ts";
import type { UserPool } from "../../domain/user-pools/index.ts";
import type { AdjustableClock, Instant } from "../../runtime/clock.ts";
import { SECOND } from "../../runtime/clock.ts";
import { Turns } from "../../runtime/turns.ts";
import type { DevelopmentHandler, DevelopmentResponse } from "../router.ts";

/** The newest messages that one request looks through. */
const MESSAGES = 1000;
/** Resets, saves and restores that may wait for one another. */
const WAITING = 100;
const SNAPSHOT_NAME = /^[\w-]{1,64}$/;
/** 2089-01-01: row keys hold the time and have room until later that year (see runtime/identifiers.ts). */
const LAST_SECOND = 3_755_289_600;

export interface DevelopmentKit {
  readonly services: Pick<Services, "store" | "keyEncryptionKey" | "tokenKeys">;
  readonly clock: AdjustableClock;
  readonly snapshots: StoreSnapshots;
}

const ok = (body: object): DevelopmentResponse => ({ status: 200, body });
const badRequest = (message: string): DevelopmentResponse => ({ status: 400, body: { message } });
const notFound = (message: string): DevelopmentResponse => ({ status: 404, body: { message } });
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isSecond = (value: unknown, from: number): value is number =>
  typeof value === "number" && Number.isFinite(value) && value >= from && value <= LAST_SECOND;

/** Whole, as every instant is. */
const milliseconds = (seconds: number): number => Math.round(seconds * SECOND);

function wireMessage(message: OutboxMessage, pool: UserPool, content: MessageContent) {
  return {
    id: String(message.key),
    sentAt: message.createdAt / SECOND,
    channel: message.channel,
    to: content.to,
    userPoolId: pool.id,
    username: content.username,
    kind: content.kind,
    code: content.code,
    subject: content.subject,
    body: content.body,
  };
}

/** GET /_dev/messages?userPoolId=&username=&to= — newest first. A username also matches the address it signs in with. */
async function messages({ services }: DevelopmentKit, query: URLSearchParams): Promise<DevelopmentResponse> {
  const { store } = services;
  const userPoolId = query.get("userPoolId");
  const onlyPool = userPoolId === null ? null : await store.userPools.find(userPoolId);
  if (userPoolId !== null && !onlyPool) return ok([]);
  const rows = await store.outbox.list({ poolKey: onlyPool?.key ?? null, limit: MESSAGES });
  const username = query.get("username");
  const to = query.get("to");
  const found = [];
  for (const row of rows) {
    const pool = onlyPool ?? (await store.userPools.byKey(row.poolKey));
    if (!pool) continue;
    const content = openMessage(services, pool, row);
    if (content.imagined) continue;
    if (to !== null && content.to !== to) continue;
    if (username !== null && content.username !== username && content.to !== username) continue;
    found.push(wireMessage(row, pool, content));
  }
  return ok(found);
}

/** POST /_dev/clock {"advanceSeconds": n} | {"set": epochSeconds} | {"reset": true} */
function moveClock({ clock }: DevelopmentKit, body: unknown): DevelopmentResponse {
  if (!isRecord(body) || Object.keys(body).length !== 1)
    return badRequest("Give one of advanceSeconds, set (epoch seconds) or reset.");
  if (isSecond(body.advanceSeconds, -LAST_SECOND)) {
    const target = clock.now() / SECOND + body.advanceSeconds;
    if (!isSecond(target, 0)) return badRequest("The clock cannot go there.");
    clock.advance(milliseconds(body.advanceSeconds));
  } else if (isSecond(body.set, 0)) clock.set(milliseconds(body.set) as Instant);
  else if (body.reset === true) clock.reset();
  else return badRequest("Give one of advanceSeconds, set (epoch seconds) or reset.");
  return ok({ now: clock.now() / SECOND });
}

/** POST /_dev/reset — the database is empty and the clock runs with the system's again. */
async function reset({ services, snapshots, clock }: DevelopmentKit): Promise<DevelopmentResponse> {
  await snapshots.reset();
  services.tokenKeys.forget();
  clock.reset();
  return ok({});
}

async function saveSnapshot({ snapshots }: DevelopmentKit, body: unknown): Promise<DevelopmentResponse> {
  const name = isRecord(body) ? body.name : undefined;
  if (typeof name !== "string" || !SNAPSHOT_NAME.test(name))
    return badRequest("A snapshot needs a name of 1 to 64 letters, digits, - and _.");
  await snapshots.save(name);
  return ok({ name });
}

async function restoreSnapshot(
  { services, snapshots }: DevelopmentKit,
  name: string,
): Promise<DevelopmentResponse> {
  if (!(await snapshots.restore(name))) return notFound(`There is no snapshot ${name}.`);
  services.tokenKeys.forget();
  return ok({ name });
}

/** What tests and people at a keyboard need: read what was "sent", move time, start over. Development mode only. */
export function developmentKit(kit: DevelopmentKit): DevelopmentHandler {
  const turns = new Turns(WAITING);
  /** One at a time: a snapshot is not restored twice at once from the same files. */
  const alone = async (work: () => Promise<DevelopmentResponse>): Promise<DevelopmentResponse> =>
    (await turns.take("database", work)) ?? { status: 429, body: { message: "Too many are waiting." } };
  return async ({ method, path, query, body }) => {
    switch (`${method} ${path}`) {
      case "GET /_dev/messages":
        return messages(kit, query);
      case "GET /_dev/clock":
        return ok({ now: kit.clock.now() / SECOND });
      case "POST /_dev/clock":
        return moveClock(kit, body);
      case "POST /_dev/reset":
        return alone(() => reset(kit));
      case "POST /_dev/snapshots":
        return alone(() => saveSnapshot(kit, body));
    }
    const restore = /^\/_dev\/snapshots\/([\w-]{1,64})\/restore$/.exec(path);
    const name = restore?.[1];
    if (method === "POST" && name) return alone(() => restoreSnapshot(kit, name));
    return notFound("The development kit has no such address.");
  };
}
