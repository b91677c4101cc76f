import type { CodeDeliveryDetailsType } from "../../api/generated/shapes.ts";

export type Channel = "EMAIL" | "SMS";

/** Where a message goes: the address itself never reaches a caller, only its mask. */
export interface Destination {
  readonly channel: Channel;
  readonly attribute: "email" | "phone_number";
  readonly address: string;
}

export const emailTo = (address: string): Destination => ({ channel: "EMAIL", attribute: "email", address });
export const smsTo = (address: string): Destination => ({
  channel: "SMS",
  attribute: "phone_number",
  address,
});

/**
 * `j***@e***` for an e-mail address; a phone number keeps its plus sign and the last four digits, every other digit is a star.
 */
export function maskedDestination({ channel, address }: Destination): string {
  if (channel === "SMS") {
    const digits = address.replace(/^\+/, "");
    return `+${"*".repeat(Math.max(0, digits.length - 4))}${digits.slice(-4)}`;
  }
  const at = address.lastIndexOf("@");
  const [local] = address.slice(0, at);
  const [domain] = address.slice(at + 1);
  return `${local ?? ""}***@${domain ?? ""}***`;
}

export const codeDeliveryDetails = (destination: Destination): CodeDeliveryDetailsType => ({
  Destination: maskedDestination(destination),
  DeliveryMedium: destination.channel,
  AttributeName: destination.attribute,
});
