import type { LogConfigurationType } from "../../api/generated/shapes.ts";
import type { PoolKey } from "../user-pools/index.ts";

/** Where one kind of log goes, in the API's own shape. */
export type LogConfiguration = LogConfigurationType;

/** Where pools send their logs. */
export interface LogDeliveryConfigurations {
  /** Empty where nothing was set. */
  find(poolKey: PoolKey): Promise<readonly LogConfiguration[]>;
  /** Puts the configurations in place of earlier ones. */
  put(poolKey: PoolKey, configurations: readonly LogConfiguration[]): Promise<void>;
}

/** A line of a log, as Cognito exports it. Never holds a secret. */
export interface LogRecord {
  /** Milliseconds since the epoch, as text. */
  readonly eventTimestamp: string;
  readonly eventSource: "USER_NOTIFICATION" | "USER_ACTIVITY";
  readonly logLevel: "ERROR" | "INFO";
  readonly message: Readonly<Record<string, unknown>>;
  readonly logSourceId: { readonly userPoolId: string };
}

/** Carries log lines out of the server in its own time. */
export interface LogDelivery {
  /**
   * Takes a line for the pool's destination, or drops it where there is none or where too many wait. Returns at once and never
   * throws: what is delivered never holds up or fails a request.
   */
  offer(poolKey: PoolKey, record: LogRecord): void;
}
