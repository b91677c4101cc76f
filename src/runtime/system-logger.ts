import { pino } from "pino";
import type { Logger } from "./logger.ts";

/** JSON lines on standard error: standard output is for what scripts wait for. */
export function systemLogger(level: "debug" | "info" | "warn" | "error" | "silent"): Logger {
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}
