import type { Clock } from "../../runtime/clock.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { LogRecord } from "./ports.ts";

const KINDS = {
  USER_NOTIFICATION: { logLevel: "ERROR", source: "userNotification" },
  USER_ACTIVITY: { logLevel: "INFO", source: "userAuthEvents" },
} as const;

/** The member of a pool's configuration that a line belongs to. */
export const sourceOf = ({ eventSource }: LogRecord) => KINDS[eventSource].source;

/** A line as Cognito exports it. */
export const logRecord = (
  clock: Clock,
  pool: Pick<UserPool, "id">,
  eventSource: LogRecord["eventSource"],
  message: LogRecord["message"],
): LogRecord => ({
  eventTimestamp: String(clock.now()),
  eventSource,
  logLevel: KINDS[eventSource].logLevel,
  message,
  logSourceId: { userPoolId: pool.id },
});
