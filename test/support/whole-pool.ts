import type { CreateUserPoolRequest, UpdateUserPoolRequest } from "../../src/api/generated/shapes.ts";
import type { Api } from "./api.ts";
import { makePool, makeUser, PASSWORD } from "./builders.ts";
import { CLIENT, FIXED, POOL } from "./every-setting.ts";
import { importCsv } from "./user-imports.ts";

/** A PNG image of one pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=";

const mail = (name: string) => ({ Subject: name, HtmlBody: `<p>${name}</p>`, TextBody: name });

/** A pool with each setting that there is, clients, groups, providers, a domain, branding and so on; people sign in by e-mail. */
export async function makeWholePool(api: Api, name: string, users: number): Promise<string> {
  const { LambdaConfig, PoolName: _, DeletionProtection: __, MfaConfiguration: ___, ...settings } = POOL;
  const { Id: UserPoolId } = await makePool(api, {
    ...settings,
    ...FIXED,
    PoolName: name,
  } as unknown as CreateUserPoolRequest);
  const attributes = Array.from({ length: 26 }, (_, index) => ({
    Name: `more${index}`,
    AttributeDataType: "Number" as const,
    NumberAttributeConstraints: { MinValue: "1", MaxValue: String(index + 5) },
  }));
  await api("AddCustomAttributes", { UserPoolId, CustomAttributes: attributes.slice(0, 20) });
  await api("AddCustomAttributes", {
    UserPoolId,
    CustomAttributes: [
      ...attributes.slice(20),
      { Name: "inner", AttributeDataType: "String", DeveloperOnlyAttribute: true, Mutable: false },
    ],
  });
  await api("SetUserPoolMfaConfig", {
    UserPoolId,
    MfaConfiguration: "OPTIONAL",
    SoftwareTokenMfaConfiguration: { Enabled: true },
    SmsMfaConfiguration: {
      SmsAuthenticationMessage: POOL.SmsAuthenticationMessage,
      SmsConfiguration: POOL.SmsConfiguration,
    },
    EmailMfaConfiguration: { Message: "code {####}", Subject: "code" },
    WebAuthnConfiguration: { RelyingPartyId: "example.com", UserVerification: "required" },
  });
  await api("CreateResourceServer", {
    UserPoolId,
    Identifier: "api",
    Name: "Api",
    Scopes: [{ ScopeName: "read", ScopeDescription: "reading" }],
  });
  await api("CreateIdentityProvider", {
    UserPoolId,
    ProviderName: "Corp",
    ProviderType: "OIDC",
    ProviderDetails: {
      client_id: "id",
      client_secret: "shown-to-nobody",
      authorize_scopes: "openid",
      oidc_issuer: "https://login.example.com",
      attributes_request_method: "GET",
    },
    AttributeMapping: { email: "mail" },
    IdpIdentifiers: ["corp.example.com"],
  });
  for (const [index, GroupName] of ["staff", "guests"].entries())
    await api("CreateGroup", {
      UserPoolId,
      GroupName,
      Description: `all ${GroupName}`,
      Precedence: index,
      RoleArn: `arn:aws:iam::123456789012:role/${GroupName}`,
    });
  await api("CreateUserPoolDomain", { UserPoolId, Domain: name, ManagedLoginVersion: 2 });
  const { UserPoolClient: web } = await api("CreateUserPoolClient", {
    UserPoolId,
    ...CLIENT,
    GenerateSecret: true,
    // What the pool requires of users can be written.
    WriteAttributes: [...CLIENT.WriteAttributes, "given_name"],
  } as unknown as Parameters<typeof api<"CreateUserPoolClient">>[1]);
  const ClientId = web?.ClientId ?? "";
  // Another of the same name, without a secret.
  await api("CreateUserPoolClient", { UserPoolId, ClientName: CLIENT.ClientName });
  await api("CreateManagedLoginBranding", {
    UserPoolId,
    ClientId,
    Assets: [{ Category: "FORM_LOGO", ColorMode: "LIGHT", Extension: "PNG", Bytes: PIXEL as never }],
    Settings: { categories: { form: { displayGraphics: false } } },
  });
  await api("CreateTerms", {
    UserPoolId,
    ClientId,
    TermsName: "terms-of-use",
    TermsSource: "LINK",
    Enforcement: "NONE",
    Links: { "cognito:default": "https://example.com/terms" },
  });
  await api("SetUICustomization", { UserPoolId, CSS: ".label-customizable {font-weight: 400;}" });
  await api("SetUICustomization", { UserPoolId, ClientId, ImageFile: PIXEL as never });
  for (const of of [{}, { ClientId }])
    await api("SetRiskConfiguration", {
      UserPoolId,
      ...of,
      CompromisedCredentialsRiskConfiguration: {
        EventFilter: ["SIGN_IN", "SIGN_UP"],
        Actions: { EventAction: "BLOCK" },
      },
      AccountTakeoverRiskConfiguration: {
        NotifyConfiguration: {
          From: "security@example.com",
          SourceArn: "arn:aws:ses:us-east-1:123456789012:identity/example.com",
          BlockEmail: mail("blocked"),
        },
        Actions: { HighAction: { Notify: true, EventAction: "MFA_REQUIRED" } },
      },
      RiskExceptionConfiguration: { BlockedIPRangeList: ["203.0.113.0/24"] },
    });
  await api("SetLogDeliveryConfiguration", {
    UserPoolId,
    LogConfigurations: [
      {
        EventSource: "userNotification",
        LogLevel: "ERROR",
        CloudWatchLogsConfiguration: {
          LogGroupArn: "arn:aws:logs:us-east-1:123456789012:log-group:notices",
        },
      },
    ],
  });
  await api("SetUserPoolSessionConfiguration", {
    UserPoolId,
    UserSessionTracking: "ENABLED",
    TokenSession: { MaxPerUser: 7 },
  });
  await api("SetUserPoolClientSessionConfiguration", {
    UserPoolId,
    ClientId,
    SSOSession: { MaxValidityMinutes: 90 },
  });
  for (let index = 0; index < users; index++) await makeOne(api, UserPoolId, index);
  // Named last: the functions are none that could be called.
  const { UserPool = {} } = await api("DescribeUserPool", { UserPoolId });
  await api("UpdateUserPool", {
    ...Object.fromEntries(Object.entries(UserPool).filter(([setting]) => Object.hasOwn(POOL, setting))),
    UserPoolId,
    PoolName: name,
    LambdaConfig,
  } as UpdateUserPoolRequest);
  return UserPoolId;
}

/** A user whose number decides what kind of user it is. */
async function makeOne(api: Api, UserPoolId: string, index: number): Promise<void> {
  const Username = await makeUser(api, UserPoolId, `u${index}@example.com`, {
    ...(index % 3 === 0 ? {} : { password: PASSWORD }),
    attributes: {
      given_name: `Ü, ${index}`,
      email_verified: index % 2 === 0 ? "true" : "false",
      phone_number: `+1555${String(index).padStart(7, "0")}`,
      "custom:more3": "4",
      "dev:custom:inner": `x${index}`,
    },
  });
  const named = { UserPoolId, Username };
  if (index % 4 === 0) await api("AdminAddUserToGroup", { ...named, GroupName: "staff" });
  if (index % 5 === 0) await api("AdminAddUserToGroup", { ...named, GroupName: "guests" });
  if (index % 6 === 0)
    await api("AdminSetUserMFAPreference", {
      ...named,
      SMSMfaSettings: { Enabled: true, PreferredMfa: true },
    });
  if (index % 7 === 0) await api("AdminDisableUser", named);
  if (index % 20 === 1)
    await api("AdminLinkProviderForUser", {
      UserPoolId,
      DestinationUser: { ProviderName: "Cognito", ProviderAttributeValue: Username },
      SourceUser: {
        ProviderName: "Corp",
        ProviderAttributeName: "Cognito_Subject",
        ProviderAttributeValue: `corp-${index}`,
      },
    });
}

/** Users who are RESET_REQUIRED, as an import makes them; the pool auto-verifies e-mail addresses. */
export async function importToReset(api: Api, UserPoolId: string, names: readonly string[]): Promise<void> {
  const { CSVHeader = [] } = await api("GetCSVHeader", { UserPoolId });
  const rows = names.map((name) =>
    CSVHeader.map(
      (column) =>
        ({
          "cognito:username": name,
          email: `${name}@example.com`,
          email_verified: "true",
          "cognito:mfa_enabled": "false",
        })[column] ?? "",
    ).join(","),
  );
  await importCsv(api, UserPoolId, `${[CSVHeader.join(","), ...rows].join("\n")}\n`);
}
