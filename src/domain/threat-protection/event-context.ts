import { createHash } from "node:crypto";
import { plainAddress } from "./address-ranges.ts";
import { deviceName } from "./device-name.ts";
import type { EventContext } from "./ports.ts";

/** What a caller says of the user behind the call. */
export interface GivenContext {
  readonly ipAddress: string | undefined;
  /** What Amazon's script collects in browsers and apps: base64 of JSON. Anything else counts as nothing. */
  readonly encodedData?: string | undefined;
  /** Of the user's request to a backend, as the backend passes them on. */
  readonly headers?: readonly { readonly headerName?: string; readonly headerValue?: string }[] | undefined;
  readonly requestId: string;
}

const LONGEST_NAME = 100;

type Fields = Readonly<Record<string, unknown>>;

function parsed(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Fields) : {};
  } catch {
    return {};
  }
}

const textOf = (fields: Fields, name: string): string | undefined => {
  const value = fields[name];
  return typeof value === "string" && value !== "" ? value : undefined;
};

/** The member `contextData` under two layers of JSON. It is signed with a key that every browser has, so that proves nothing. */
function deviceFacts(encodedData: string | undefined): Fields {
  if (!encodedData) return {};
  const outer = parsed(Buffer.from(encodedData, "base64").toString("utf8"));
  const { contextData } = parsed(textOf(outer, "payload") ?? "");
  return typeof contextData === "object" && contextData !== null ? (contextData as Fields) : {};
}

const TIMEZONE = /^[+-]?\d{2}:\d{2}$/;

/** Where an event comes from, as far as the caller lets on. There is no geographic database: places are what proxies say. */
export function eventContext(given: GivenContext): EventContext {
  const facts = deviceFacts(given.encodedData);
  const header = (name: string): string | undefined =>
    given.headers
      ?.find(({ headerName }) => headerName?.toLowerCase() === name)
      ?.headerValue?.slice(0, LONGEST_NAME) || undefined;
  const device = textOf(facts, "DeviceId") ?? textOf(facts, "DeviceFingerprint");
  const timezone = textOf(facts, "ClientTimezone");
  return {
    ipAddress: plainAddress(given.ipAddress),
    deviceName: deviceName(textOf(facts, "UserAgent") ?? header("user-agent")),
    deviceId: device === undefined ? null : createHash("sha256").update(device).digest("base64url"),
    timezone: timezone !== undefined && TIMEZONE.test(timezone) ? timezone : null,
    city: header("cloudfront-viewer-city") ?? null,
    country:
      header("cloudfront-viewer-country-name") ??
      header("cloudfront-viewer-country") ??
      header("cf-ipcountry") ??
      null,
    hasContext: given.encodedData !== undefined || given.headers !== undefined,
    requestId: given.requestId,
  };
}
