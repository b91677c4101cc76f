export {
  type Channel,
  codeDeliveryDetails,
  type Destination,
  emailTo,
  maskedDestination,
  smsTo,
} from "./destination.ts";
export {
  type Addressee,
  imaginedAddressee,
  type MessageContent,
  type MessageOrigin,
  type MessageRequest,
  type MessageServices,
  openMessage,
  queueMessage,
  queueNotice,
  type SendMessage,
} from "./message.ts";
export type { Outbox, OutboxMessage } from "./ports.ts";
export { type MessageKind, type MessageText, type RenderedMessage, renderMessage } from "./templates.ts";
