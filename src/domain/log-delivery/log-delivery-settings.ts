import { featureUnavailableInTier, invalidParameter } from "../errors.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { LogConfiguration } from "./ports.ts";

type EventSource = LogConfiguration["EventSource"];

/** Cognito's documentation: each kind of log has one level. */
const LEVELS: Record<EventSource, LogConfiguration["LogLevel"]> = {
  userNotification: "ERROR",
  userAuthEvents: "INFO",
};

/** The ARN that a kind of log goes to; null where the configuration names none. */
export const destinationOf = (configuration: LogConfiguration): string | null =>
  configuration.CloudWatchLogsConfiguration?.LogGroupArn ??
  configuration.S3Configuration?.BucketArn ??
  configuration.FirehoseConfiguration?.StreamArn ??
  null;

function requireOneDestination(configuration: LogConfiguration): void {
  const {
    EventSource: source,
    CloudWatchLogsConfiguration,
    S3Configuration,
    FirehoseConfiguration,
  } = configuration;
  const given = [CloudWatchLogsConfiguration, S3Configuration, FirehoseConfiguration].filter(Boolean);
  if (given.length !== 1 || destinationOf(configuration) === null)
    throw invalidParameter(`Exactly one log destination is required for the event source ${source}.`);
  if (source === "userNotification" && !CloudWatchLogsConfiguration)
    throw invalidParameter("CloudWatchLogsConfiguration is required for the event source userNotification.");
}

/**
 * What SetLogDeliveryConfiguration stores in place of what was set before.
 * @throws InvalidParameterException, FeatureUnavailableInTierException
 */
export function checkedLogConfigurations(
  pool: UserPool,
  given: readonly LogConfiguration[],
): readonly LogConfiguration[] {
  if (new Set(given.map(({ EventSource }) => EventSource)).size !== given.length)
    throw invalidParameter("Each event source can have only one log configuration.");
  for (const configuration of given) {
    const { EventSource, LogLevel } = configuration;
    if (LogLevel !== LEVELS[EventSource])
      throw invalidParameter(
        `The log level of the event source ${EventSource} must be ${LEVELS[EventSource]}.`,
      );
    requireOneDestination(configuration);
    if (EventSource === "userAuthEvents" && pool.settings.UserPoolTier !== "PLUS")
      throw featureUnavailableInTier("Log export of user activity");
  }
  return given;
}
