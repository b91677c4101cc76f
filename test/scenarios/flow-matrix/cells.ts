/** The clients, as they come; what each can do is its own. */
export const CLIENTS = [
  "AWS CLI",
  "boto3",
  "SDK for JavaScript",
  "amazon-cognito-identity-js",
  "Amplify v6",
] as const;
export type Client = (typeof CLIENTS)[number];

/** Sign-ins that begin with a password, and go on with what is due after it. */
const PASSWORD_FLOWS = [
  "USER_PASSWORD_AUTH",
  "USER_SRP_AUTH",
  "USER_AUTH, PASSWORD",
  "USER_AUTH, PASSWORD_SRP",
  "ADMIN_USER_PASSWORD_AUTH",
] as const;
const OTHER_FIRST_FACTORS = [
  "USER_AUTH, SELECT_CHALLENGE",
  "USER_AUTH, EMAIL_OTP",
  "USER_AUTH, SMS_OTP",
  "USER_AUTH, WEB_AUTHN",
] as const;
/** The pool's functions ask; with SRP_A they have the password proved first. */
const CUSTOM_FLOWS = ["CUSTOM_AUTH", "CUSTOM_AUTH, SRP_A"] as const;
const REFRESHES = ["REFRESH_TOKEN_AUTH", "GetTokensFromRefreshToken"] as const;

export type SignInFlow =
  | (typeof PASSWORD_FLOWS)[number]
  | (typeof OTHER_FIRST_FACTORS)[number]
  | (typeof CUSTOM_FLOWS)[number];
export type Refresh = (typeof REFRESHES)[number];
export type Flow = SignInFlow | Refresh;

export const isRefresh = (flow: Flow): flow is Refresh => REFRESHES.some((refresh) => refresh === flow);

const DUE_AFTER_PASSWORD = [
  "none",
  "NEW_PASSWORD_REQUIRED",
  "EMAIL_OTP",
  "SMS_MFA",
  "SOFTWARE_TOKEN_MFA",
  "MFA_SETUP",
  "SELECT_MFA_TYPE",
  "remembered device",
] as const;
/** What comes on top of the flow. A remembered device takes the place of the second factor, or is named in the refresh. */
export type Factor = (typeof DUE_AFTER_PASSWORD)[number] | "rotation";

export interface Row {
  readonly flow: Flow;
  readonly factor: Factor;
}

export const ROWS: readonly Row[] = [
  ...PASSWORD_FLOWS.flatMap((flow) => DUE_AFTER_PASSWORD.map((factor) => ({ flow, factor }))),
  ...[...OTHER_FIRST_FACTORS, ...CUSTOM_FLOWS].map((flow) => ({ flow, factor: "none" }) as const),
  { flow: "REFRESH_TOKEN_AUTH", factor: "none" },
  { flow: "REFRESH_TOKEN_AUTH", factor: "remembered device" },
  { flow: "GetTokensFromRefreshToken", factor: "none" },
  { flow: "GetTokensFromRefreshToken", factor: "rotation" },
  { flow: "GetTokensFromRefreshToken", factor: "remembered device" },
];

/** What clients cannot do by themselves: these cells have no test. */
export interface Limit {
  readonly clients: readonly Client[];
  readonly covers: (row: Row) => boolean;
  readonly why: string;
}

const choice = (flow: Flow) => flow.startsWith("USER_AUTH, ");

export const LIMITS: readonly Limit[] = [
  {
    clients: ["AWS CLI", "boto3", "SDK for JavaScript"],
    covers: ({ flow, factor }) => flow.includes("SRP") || factor === "remembered device",
    why: "no SRP of its own, and that is what passwords by SRP and remembered devices are proved with",
  },
  {
    clients: ["amazon-cognito-identity-js", "Amplify v6"],
    covers: ({ flow }) => flow === "ADMIN_USER_PASSWORD_AUTH",
    why: "made for the user's side, signs no requests",
  },
  {
    clients: ["amazon-cognito-identity-js"],
    covers: ({ flow, factor }) =>
      choice(flow) || factor === "EMAIL_OTP" || flow === "GetTokensFromRefreshToken",
    why: "older than this part of the API",
  },
  {
    clients: ["Amplify v6"],
    covers: ({ flow }) => flow === "REFRESH_TOKEN_AUTH",
    why: "refreshes by GetTokensFromRefreshToken only",
  },
  {
    clients: ["Amplify v6"],
    covers: ({ flow, factor }) => flow === "USER_AUTH, PASSWORD" && factor === "remembered device",
    why: "names no device with this choice",
  },
];

/** Why the client cannot do this row by itself; null when it can, and then a test does it. */
export const limitOf = (client: Client, row: Row): Limit | null =>
  LIMITS.find(({ clients, covers }) => clients.includes(client) && covers(row)) ?? null;

export interface Cell extends Row {
  readonly client: Client;
}

/** Every cell that a test runs. */
export const CELLS: readonly Cell[] = CLIENTS.flatMap((client) =>
  ROWS.filter((row) => limitOf(client, row) === null).map((row) => ({ ...row, client })),
);

export const cellName = ({ flow, factor, client }: Cell): string => `${client}: ${flow} × ${factor}`;
