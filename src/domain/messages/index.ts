export {
  type Channel,
  codeDeliveryDetails,
  type Destination,
  emailTo,
  maskedDestination,
  smsTo,
} from "./destination.ts";
export {
  type MessageContent,
  type MessageServices,
  openMessage,
  pretendToQueue,
  queueMessage,
} from "./message.ts";
export type { Outbox, OutboxMessage } from "./ports.ts";
export { type MessageKind, type RenderedMessage, renderMessage } from "./templates.ts";
