import type { AdminGetUserResponse } from "../../../api/generated/shapes.ts";
import { Refusal } from "../../connection/connection.ts";
import { atOnce } from "../../connection/pages.ts";
import type { Call } from "../../connection/patience.ts";
import type { Progress } from "../../terminal/progress.ts";
import { terminal } from "../../terminal/terminal.ts";
import { fingerprint, type ImportReport } from "./import-report.ts";
import type { LeftBehindList } from "./left-behind.ts";
import { creationName, givenAttributes, LineFault, type UserRecord } from "./user-record.ts";

/** Users that are worked on at a time. */
const AT_ONCE = 16;

/** Errors that are no single line's: going on would only fail each line. */
const ENDING: ReadonlySet<string> = new Set([
  "AccessDeniedException",
  "ResourceNotFoundException",
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "IncompleteSignatureException",
  "MissingAuthenticationTokenException",
  "SignatureDoesNotMatch",
  "ExpiredTokenException",
  "ExpiredToken",
  "UserImportInProgressException",
  "UnknownOperationException",
]);

/** Whether a refusal is about one user only, so that work goes on with the others. */
export const isAboutOneUser = (fault: unknown): fault is Refusal =>
  fault instanceof Refusal && !ENDING.has(fault.code) && fault.status < 500;

export interface ImportLine {
  /** Counts from 1, as editors do. */
  readonly number: number;
  readonly text: string;
}

/** A file that is read line by line. */
export interface ImportSource {
  lines(): AsyncGenerator<ImportLine>;
  /** @throws LineFault */
  read(text: string): UserRecord;
}

export interface ImportCounts {
  created: number;
  /** Done by an earlier run. */
  before: number;
  failed: number;
}

export interface CreationSettings {
  readonly call: Call;
  readonly UserPoolId: string;
  /** The pool's UsernameAttributes. */
  readonly addresses: readonly string[] | undefined;
  readonly invite: boolean;
  readonly report: ImportReport;
  /** What lines have that no call of an administrator can give. */
  readonly left: LeftBehindList;
  /** The users are there already: what an import job does not do is left. */
  readonly existing?: boolean;
}

/** Whether a user that is there is the one that this import made before it was interrupted. */
function isOurs(found: AdminGetUserResponse, attributes: Readonly<Record<string, string>>): boolean {
  const has = new Map((found.UserAttributes ?? []).map(({ Name, Value }) => [Name, Value]));
  return (
    (found.UserStatus === "FORCE_CHANGE_PASSWORD" || found.UserStatus === "CONFIRMED") &&
    Object.entries(attributes).every(([name, value]) => has.get(name) === value)
  );
}

/** @param doubtful the user may be there from an earlier try @returns the username that the service gave */
async function create(
  { call, UserPoolId, invite }: CreationSettings,
  Username: string,
  user: UserRecord,
  doubtful: boolean,
): Promise<string> {
  const attributes = givenAttributes(user);
  let inDoubt = doubtful;
  try {
    const { User } = await call(
      "AdminCreateUser",
      {
        UserPoolId,
        Username,
        UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
        ...(user.temporary_password === undefined ? {} : { TemporaryPassword: user.temporary_password }),
        ...(invite
          ? { DesiredDeliveryMediums: [attributes.email ? ("EMAIL" as const) : ("SMS" as const)] }
          : { MessageAction: "SUPPRESS" as const }),
      },
      () => {
        inDoubt = true;
      },
    );
    return User?.Username ?? Username;
  } catch (fault) {
    if (!inDoubt || !(fault instanceof Refusal) || fault.code !== "UsernameExistsException") throw fault;
    const found = await call("AdminGetUser", { UserPoolId, Username });
    if (!isOurs(found, attributes)) throw fault;
    return found.Username;
  }
}

/** What follows the creation; each step can be done again. */
async function complete(
  { call, UserPoolId }: CreationSettings,
  Username: string,
  user: UserRecord,
): Promise<void> {
  const named = { UserPoolId, Username };
  if (user.password !== undefined)
    await call("AdminSetUserPassword", { ...named, Password: user.password, Permanent: true });
  for (const GroupName of user.groups ?? [])
    await call("AdminAddUserToGroup", { ...named, GroupName }).catch((fault: unknown) => {
      const isMissing = fault instanceof Refusal && fault.code === "ResourceNotFoundException";
      throw isMissing ? new LineFault(`there is no group ${GroupName}`) : fault;
    });
  const { enabled = [], preferred = null } = user.mfa ?? {};
  const setting = (factor: string) => ({ Enabled: true, PreferredMfa: preferred === factor });
  if (enabled.includes("SMS_MFA") || enabled.includes("EMAIL_OTP"))
    await call("AdminSetUserMFAPreference", {
      ...named,
      ...(enabled.includes("SMS_MFA") ? { SMSMfaSettings: setting("SMS_MFA") } : {}),
      ...(enabled.includes("EMAIL_OTP") ? { EmailMfaSettings: setting("EMAIL_OTP") } : {}),
    });
  if (user.enabled === false) await call("AdminDisableUser", named);
}

/** Notes what the line has and the user has not. */
function noteLeft({ left, existing }: CreationSettings, user: UserRecord): void {
  if (user.mfa?.enabled.includes("SOFTWARE_TOKEN_MFA"))
    left.count(
      "one-time passwords (TOTP)",
      "no file has their seeds: these users register their application again",
    );
  if (user.attributes.identities)
    left.count("linked identities", "pool copy brings them, or AdminLinkProviderForUser");
  if (!existing && user.status === "CONFIRMED" && user.password === undefined)
    left.count(
      "users who were CONFIRMED",
      "the file has no password of theirs: they are FORCE_CHANGE_PASSWORD",
    );
}

const needsCompletion = ({ groups = [], enabled, mfa }: UserRecord): boolean =>
  groups.length > 0 || enabled === false || (mfa?.enabled.length ?? 0) > 0;

/** Creates a user for each line that is not done. Lines that fail are named on standard error and in the report. */
export async function importByCalls(
  source: ImportSource,
  settings: CreationSettings,
  progress: Progress,
): Promise<ImportCounts> {
  const { report, existing = false } = settings;
  const counts: ImportCounts = { created: 0, before: 0, failed: 0 };
  const failed = (
    line: number,
    of: number,
    name: string | undefined,
    reason: string,
    begun: boolean,
  ): void => {
    report.fail(line, of, name, reason, begun);
    counts.failed++;
    progress.clear();
    terminal.note(`line ${line}${name === undefined ? "" : ` (${name})`}: ${reason}`);
  };
  const importUser = async (line: number, of: number, user: UserRecord, name: string): Promise<void> => {
    const state = report.stateOf(line, of);
    if (state === "done") {
      counts.before++;
      return;
    }
    let begun = state === "begun";
    try {
      if (existing) {
        if (!needsCompletion(user)) return;
        await complete(settings, name, user);
      } else {
        if (user.password_hash !== undefined)
          throw new LineFault("an import job takes password_hash, no call does");
        if (!begun) report.begin(line, of);
        const username = await create(settings, name, user, begun);
        begun = true;
        await complete(settings, username, user);
      }
      noteLeft(settings, user);
      report.done(line, of, name);
      counts.created++;
    } catch (fault) {
      if (fault instanceof LineFault) failed(line, of, name, fault.message, begun);
      else if (isAboutOneUser(fault)) failed(line, of, name, `${fault.code}: ${fault.message}`, begun);
      else throw fault;
    }
  };
  const importLine = async ({ number, text }: ImportLine): Promise<void> => {
    progress.add();
    let user: UserRecord;
    try {
      user = source.read(text);
    } catch (fault) {
      if (!(fault instanceof LineFault)) throw fault;
      failed(number, fingerprint(text), undefined, fault.message, false);
      return;
    }
    const name = creationName(user, settings.addresses);
    await importUser(number, fingerprint(name), user, name);
  };
  await atOnce(source.lines(), AT_ONCE, importLine);
  progress.clear();
  return counts;
}
