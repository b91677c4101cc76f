import type { Input, Output } from "../../src/api/operation.ts";
import { PASSWORD } from "./builders.ts";
import { type Scene, scene } from "./scene.ts";
import type { World } from "./world.ts";

type PoolSettings = Partial<Input<"CreateUserPool">>;
type RiskSettings = Omit<Input<"SetRiskConfiguration">, "UserPoolId">;
type Mode = "OFF" | "AUDIT" | "ENFORCED";

/** What a pool needs for threat protection. */
export const watching = (AdvancedSecurityMode: Mode): PoolSettings => ({
  UserPoolTier: "PLUS",
  UserPoolAddOns: { AdvancedSecurityMode },
});

/** Members of NotifyConfiguration that must be there. */
export const NOTIFY = {
  SourceArn: "arn:aws:ses:us-east-1:123456789012:identity/example.com",
  From: "security@example.com",
};

/** The same action at every level. */
export function atEveryLevel(
  EventAction: "BLOCK" | "MFA_IF_CONFIGURED" | "MFA_REQUIRED" | "NO_ACTION",
  Notify = false,
): RiskSettings {
  const action = { EventAction, Notify };
  return {
    AccountTakeoverRiskConfiguration: {
      ...(Notify ? { NotifyConfiguration: NOTIFY } : {}),
      Actions: { LowAction: action, MediumAction: action, HighAction: action },
    },
  };
}

/** What Amazon's script gives out in a browser. */
export function encodedData(contextData: Readonly<Record<string, string>>): string {
  const payload = JSON.stringify({ contextData, username: "ana", userPoolId: "pool", timestamp: "1" });
  return Buffer.from(JSON.stringify({ payload, signature: "c2ln", version: "JS20171115" })).toString(
    "base64",
  );
}

export const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";

/** Where a user sits, as a backend tells. */
export interface Seat {
  readonly ip: string;
  readonly device?: string;
}

export const HOME: Seat = { ip: "192.0.2.10", device: "laptop" };
/** Another network: a low risk when minutes have passed. */
export const CAFE: Seat = { ip: "198.51.100.20", device: "laptop" };
/** Another network and another device: a medium risk when minutes have passed, a high one at once. */
export const ABROAD: Seat = { ip: "203.0.113.30", device: "stranger's" };

export interface Watched extends Scene {
  risk(settings: RiskSettings): Promise<Output<"SetRiskConfiguration">>;
  signInFrom(seat: Seat, username?: string, password?: string): Promise<Output<"AdminInitiateAuth">>;
  events(username?: string): Promise<NonNullable<Output<"AdminListUserAuthEvents">["AuthEvents"]>>;
}

/** A pool that watches over threats, with the user ana, who has signed in from HOME an hour ago. */
export async function watchedScene(
  world: World,
  mode: Mode,
  pool: PoolSettings = {},
  risk: RiskSettings | null = null,
): Promise<Watched> {
  const place = await scene(world, { ...watching(mode), ...pool });
  const { api, UserPoolId, ClientId } = place;
  const watched: Watched = {
    ...place,
    risk: (settings) => api("SetRiskConfiguration", { UserPoolId, ...settings }),
    signInFrom: ({ ip, device }, username = "ana", password = PASSWORD) =>
      api("AdminInitiateAuth", {
        UserPoolId,
        ClientId,
        AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: username, PASSWORD: password },
        ContextData: {
          IpAddress: ip,
          ServerName: "example.com",
          ServerPath: "/sign-in",
          HttpHeaders: [],
          ...(device ? { EncodedData: encodedData({ DeviceId: device, UserAgent: CHROME }) } : {}),
        },
      }),
    events: async (Username = "ana") =>
      (await api("AdminListUserAuthEvents", { UserPoolId, Username })).AuthEvents ?? [],
  };
  await place.user("ana", { email: "ana@example.com", email_verified: "true" });
  await watched.signInFrom(HOME);
  await world.advanceSeconds(3600);
  if (risk) await watched.risk(risk);
  return watched;
}
