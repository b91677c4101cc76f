import { type Instant, MINUTE, SECOND, systemClock } from "../../../runtime/clock.ts";
import type { Connection } from "../../connection/connection.ts";
import { distance } from "../../terminal/moments.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

const TIMEOUT_MS = 5000;
const AMAZON = /^cognito-idp\.[\w-]+\.amazonaws\.com(\.cn)?$/;
/** AWS refuses signatures that are older or newer than this. */
const SKEW_REFUSED_MS = 5 * MINUTE;
const SKEW_SEEN_MS = 30 * SECOND;

/** What answers at the endpoint. */
export interface ServerFacts {
  readonly kind: "cognate" | "amazon" | "unknown";
  readonly development: boolean;
  readonly findings: readonly Finding[];
}

interface Answer {
  readonly status: number;
  /** The Date header; null without one. */
  readonly date: number | null;
  readonly body: unknown;
  readonly askedAt: Instant;
  readonly answeredAt: Instant;
}

async function get(endpoint: URL, path: string): Promise<Answer> {
  const askedAt = systemClock.now();
  const response = await fetch(new URL(path, endpoint), { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const body: unknown = await response.json().catch(() => null);
  const date = Date.parse(response.headers.get("date") ?? "");
  return {
    status: response.status,
    date: Number.isNaN(date) ? null : date,
    body,
    askedAt,
    answeredAt: systemClock.now(),
  };
}

const has = (body: unknown, name: string): boolean =>
  typeof body === "object" && body !== null && Object.hasOwn(body, name);

/** Whether a server answers, of which kind it is, whether its database does, and what time it has. */
export async function checkServer(connection: Connection): Promise<ServerFacts> {
  const { endpoint } = connection;
  let live: Answer;
  try {
    live = await get(endpoint, "/health/live");
  } catch (fault) {
    const { message } =
      fault instanceof Error && fault.cause instanceof Error ? fault.cause : (fault as Error);
    const advice = connection.local
      ? 'start one with "cognate start --dev", or give --endpoint-url the address of another'
      : "check the address, the name server, the firewall and the proxy";
    return {
      kind: "unknown",
      development: false,
      findings: [fail("endpoint", `${endpoint.origin} cannot be reached: ${message}`, advice)],
    };
  }
  if (AMAZON.test(endpoint.hostname))
    return {
      kind: "amazon",
      development: false,
      findings: [ok("endpoint", `Amazon Cognito at ${endpoint.origin}`), ...clockFindings(live)],
    };
  if (live.status !== 200 || !has(live.body, "status"))
    return {
      kind: "unknown",
      development: false,
      findings: [
        warn(
          "endpoint",
          `${endpoint.origin} answers, and is neither Cognate nor Amazon Cognito`,
          "check the address and the port: something else may listen there",
        ),
        ...clockFindings(live),
      ],
    };
  const clock = await get(endpoint, "/_dev/clock").catch(() => null);
  const development = clock?.status === 200 && has(clock.body, "now");
  const version = await versionOf(connection);
  const mode = development ? "development mode" : "production mode";
  return {
    kind: "cognate",
    development,
    findings: [
      ok("endpoint", `Cognate${version === null ? "" : ` ${version}`} in ${mode} at ${endpoint.origin}`),
      await databaseFinding(endpoint),
      ...clockFindings(live),
      ...(development && clock ? movedClock(clock) : []),
    ],
  };
}

/** Null where the server does not tell this caller. */
async function versionOf({ callService }: Connection): Promise<string | null> {
  try {
    const { Version } = (await callService("DescribeServer", {})) as { readonly Version?: string };
    return Version ?? null;
  } catch {
    return null;
  }
}

async function databaseFinding(endpoint: URL): Promise<Finding> {
  const { status } = await get(endpoint, "/health/ready").catch(() => ({ status: 0 }));
  return status === 200
    ? ok("database", "the server is ready: its database answers")
    : fail(
        "database",
        "the server is not ready: its database does not answer, or it is stopping",
        "see the server's log; for PostgreSQL check that it runs and takes connections",
      );
}

/** The server's clock, against this machine's: what signatures are checked with. */
function clockFindings({ date, askedAt, answeredAt }: Answer): Finding[] {
  if (date === null) return [warn("clock", "the server does not say what time it has")];
  // The header has whole seconds: the true time lies up to one later.
  const ahead = date - answeredAt;
  const behind = askedAt - (date + SECOND);
  const skew = Math.max(0, ahead, behind);
  const direction = ahead > behind ? "ahead of" : "behind";
  const message = `the server's clock is ${Math.round(skew / SECOND)} s ${direction} this machine's`;
  const advice = "set both by NTP: signatures are refused when the clocks differ by minutes";
  if (skew >= SKEW_REFUSED_MS) return [fail("clock", message, advice)];
  if (skew >= SKEW_SEEN_MS) return [warn("clock", message, advice)];
  return [ok("clock", "the server's clock and this machine's agree")];
}

/** A developer may have moved the time by which codes and tokens expire. */
function movedClock({ body, answeredAt }: Answer): Finding[] {
  const { now } = body as { readonly now: number };
  if (Math.abs(now * SECOND - answeredAt) < SKEW_SEEN_MS) return [];
  return [
    warn(
      "clock",
      `the server's time for codes and tokens was moved: it is ${distance(now, answeredAt)}`,
      `POST /_dev/clock {"reset": true} puts it right`,
    ),
  ];
}
