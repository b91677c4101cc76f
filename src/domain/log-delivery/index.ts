export { checkedLogConfigurations, destinationOf } from "./log-delivery-settings.ts";
export { logRecord, sourceOf } from "./log-record.ts";
export type { LogConfiguration, LogDelivery, LogDeliveryConfigurations, LogRecord } from "./ports.ts";
