/**
 * Structured logging by an allow-list: these fields and no others. Request and response bodies, tokens, codes and passwords have
 * no field here, so that no level of verbosity can print them.
 */
export interface LogFields {
  readonly requestId?: string;
  readonly operation?: string;
  readonly status?: number;
  readonly errorCode?: string;
  readonly durationMs?: number;
  readonly userPoolId?: string;
  readonly clientId?: string;
  readonly address?: string;
  readonly port?: number;
  readonly count?: number;
  readonly attempt?: number;
  readonly channel?: string;
  readonly kind?: string;
  /** Of a trigger. */
  readonly functionArn?: string;
  /** Of a destination that a pool sends its logs to. */
  readonly destinationArn?: string;
  /** A line of a pool's own log, where the operator has it written here. */
  readonly record?: object;
  /** For faults of the server itself only: name, message and stack of an unexpected exception. */
  readonly error?: { readonly name: string; readonly message: string; readonly stack?: string | undefined };
}

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** What may be logged of an unexpected exception. */
export function describeFault(fault: unknown): NonNullable<LogFields["error"]> {
  return fault instanceof Error
    ? { name: fault.name, message: fault.message, stack: fault.stack }
    : { name: "unknown", message: typeof fault };
}
