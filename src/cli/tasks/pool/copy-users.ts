import { once } from "node:events";
import { createWriteStream, rmSync } from "node:fs";
import { PASSWORD_HASH } from "../../../domain/user-imports/csv-fields.ts";
import { randomText, systemRandom } from "../../../runtime/random.ts";
import { Refusal } from "../../connection/connection.ts";
import { atOnce, pages } from "../../connection/pages.ts";
import type { Call } from "../../connection/patience.ts";
import { Progress } from "../../terminal/progress.ts";
import { isAboutOneUser } from "../user-transfer/import-by-calls.ts";
import { importByJob } from "../user-transfer/import-by-job.ts";
import { ImportReport } from "../user-transfer/import-report.ts";
import { csvLine, csvRow } from "../user-transfer/user-csv.ts";
import { attributesOf, givenAttributes, type UserRecord, userRecord } from "../user-transfer/user-record.ts";
import type { Copy } from "./copy-settings.ts";
import { hasFactors, linksOf, nameIn, usersOf } from "./pool-users.ts";

const AT_ONCE = 16;
const PAGE = 60;
/** Cognito's longest password. */
const PASSWORD_LENGTH = 99;
const KINDS = ["abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "!@#$%^&*()-_=+"];

/** A password that every policy takes and nobody knows. */
const unknownPassword = (): string =>
  KINDS.map((kind) => randomText(systemRandom, 1, kind)).join("") +
  randomText(systemRandom, PASSWORD_LENGTH - KINDS.length, KINDS.join(""));

/** Statuses that no call of an administrator can give. */
const NOT_GIVEN: Readonly<Record<string, string>> = {
  UNCONFIRMED: "only signing up makes such users: they sign up again",
  EXTERNAL_PROVIDER: "the first sign-in with the provider makes them",
  ARCHIVED: "no call makes such users",
  COMPROMISED: "no call makes such users",
  UNKNOWN: "no call makes such users",
};

export interface UserCopy extends Copy {
  /** Of the server that is copied from. */
  readonly source: Call;
  readonly UserPoolId: string;
  /** CloudWatchLogsRoleArn for an import job; undefined where it means nothing, null where one is needed and was not given. */
  readonly logsRole: string | null | undefined;
}

const isCode = (fault: unknown, ...codes: string[]): boolean =>
  fault instanceof Refusal && codes.includes(fault.code);

/** The user as the copy has it, by the username that the service gave. */
interface Made {
  readonly Username: string;
  readonly status: string;
}

async function create(copy: UserCopy, name: string, user: UserRecord): Promise<Made> {
  const { call, UserPoolId, journal } = copy;
  const isBegun = journal.isBegun(name);
  if (!isBegun) journal.begin(name);
  try {
    const { User } = await call("AdminCreateUser", {
      UserPoolId,
      Username: name,
      UserAttributes: Object.entries(givenAttributes(user)).map(([Name, Value]) => ({ Name, Value })),
      MessageAction: "SUPPRESS",
      ...(user.status === "FORCE_CHANGE_PASSWORD" ? { TemporaryPassword: unknownPassword() } : {}),
    });
    return { Username: User?.Username ?? name, status: User?.UserStatus ?? "" };
  } catch (fault) {
    // The pool was empty and is the copy's own: whoever is there was made by this copy.
    if (!isCode(fault, "UsernameExistsException")) throw fault;
    return find(copy, name);
  }
}

async function find({ call, UserPoolId }: UserCopy, name: string): Promise<Made> {
  const { Username, UserStatus = "" } = await call("AdminGetUser", { UserPoolId, Username: name });
  return { Username, status: UserStatus };
}

async function copyFactors(
  { call, UserPoolId, left }: UserCopy,
  Username: string,
  user: UserRecord,
): Promise<void> {
  const { enabled = [], preferred = null } = user.mfa ?? {};
  const setting = (factor: string) => ({ Enabled: true, PreferredMfa: preferred === factor });
  const sms = enabled.includes("SMS_MFA") ? { SMSMfaSettings: setting("SMS_MFA") } : {};
  const email = enabled.includes("EMAIL_OTP") ? { EmailMfaSettings: setting("EMAIL_OTP") } : {};
  if (enabled.includes("SOFTWARE_TOKEN_MFA"))
    left.count(
      "seeds of one-time passwords (TOTP)",
      "the API shows none: these users register their application again",
    );
  if (Object.keys({ ...sms, ...email }).length === 0) return;
  await call("AdminSetUserMFAPreference", { UserPoolId, Username, ...sms, ...email });
}

async function copyLinks({ call, UserPoolId }: UserCopy, Username: string, user: UserRecord): Promise<void> {
  const links = linksOf(user);
  if (links.length === 0) return;
  const { UserAttributes } = await call("AdminGetUser", { UserPoolId, Username });
  const there = new Set(
    linksOf({ attributes: attributesOf(UserAttributes) }).map(
      ({ userId, providerName }) => `${providerName}:${userId}`,
    ),
  );
  for (const { providerName, userId } of links)
    if (!there.has(`${providerName}:${userId}`))
      await call("AdminLinkProviderForUser", {
        UserPoolId,
        DestinationUser: { ProviderName: "Cognito", ProviderAttributeValue: Username },
        SourceUser: {
          ProviderName: providerName,
          ProviderAttributeName: "Cognito_Subject",
          ProviderAttributeValue: userId,
        },
      });
}

/** What follows the creation; each step can be done again. */
async function complete(copy: UserCopy, Username: string, user: UserRecord): Promise<void> {
  const { call, UserPoolId } = copy;
  const named = { UserPoolId, Username };
  await copyFactors(copy, Username, user);
  await copyLinks(copy, Username, user);
  if (user.enabled === false) await call("AdminDisableUser", named);
}

/** A user whom the server refuses is left behind, as are those who cannot be made. */
async function copyUser(copy: UserCopy, user: UserRecord): Promise<void> {
  const { call, UserPoolId, journal, left, from } = copy;
  const Username = nameIn(from, user);
  const reason = NOT_GIVEN[user.status ?? ""];
  if (reason !== undefined) return left.count(`users who are ${user.status}`, reason);
  if (user.status === "CONFIRMED" || user.status === "RESET_REQUIRED")
    left.count(
      "passwords",
      "the API shows no hashes: these users set a new one by the code of a forgotten password",
    );
  if (user.status === "FORCE_CHANGE_PASSWORD")
    left.count(
      "temporary passwords",
      "the API shows none: AdminCreateUser with RESEND sends these users a new one",
    );
  if (journal.isDone(Username)) {
    if (user.mfa?.enabled.includes("SOFTWARE_TOKEN_MFA"))
      left.count(
        "seeds of one-time passwords (TOTP)",
        "the API shows none: these users register their application again",
      );
    return;
  }
  try {
    const made = await create(copy, Username, user);
    if (user.status !== "FORCE_CHANGE_PASSWORD" && made.status === "FORCE_CHANGE_PASSWORD")
      await call("AdminSetUserPassword", {
        UserPoolId,
        Username: made.Username,
        Password: unknownPassword(),
        Permanent: true,
      });
    await complete(copy, made.Username, user);
    journal.done(Username);
  } catch (fault) {
    if (!isAboutOneUser(fault)) throw fault;
    left.add(`user ${Username}`, `${fault.code}: ${fault.message}`);
  }
}

/** Whether users who are to set a new password go by an import job, which alone makes such users without telling them. */
const goesByJob = ({ from, logsRole }: UserCopy, user: UserRecord): boolean =>
  user.status === "RESET_REQUIRED" &&
  logsRole !== null &&
  (from.pool.AutoVerifiedAttributes ?? []).some(
    (name) => user.attributes[name] !== undefined && user.attributes[`${name}_verified`] === "true",
  );

/** A CSV file of the users who go by an import job, which is made as they come. */
class JobFile {
  readonly path: string;
  readonly #columns: readonly string[];
  readonly #addresses: readonly string[] | undefined;
  readonly #stream;
  users = 0;

  constructor(path: string, columns: readonly string[], addresses: readonly string[] | undefined) {
    this.path = path;
    this.#columns = columns;
    this.#addresses = addresses;
    this.#stream = createWriteStream(path, { mode: 0o600 });
    this.#stream.write(csvLine(columns));
  }

  /** @returns false when the format cannot hold the user */
  async add(user: UserRecord): Promise<boolean> {
    const { line, unwritten } = csvRow(this.#columns, user, this.#addresses);
    if (unwritten.length > 0) return false;
    this.users++;
    if (!this.#stream.write(line)) await once(this.#stream, "drain");
    return true;
  }

  async end(): Promise<void> {
    this.#stream.end();
    await once(this.#stream, "close");
  }
}

async function runJob(copy: UserCopy, file: JobFile): Promise<void> {
  const { call, UserPoolId, left, logsRole } = copy;
  const reportPath = `${copy.journal.path}.job`;
  const report = await ImportReport.open(reportPath);
  const settings = { call, UserPoolId, algorithm: null, logsRole: logsRole ?? undefined, report };
  const { failed } = await importByJob(file.path, settings, new Progress("users to reset", file.users));
  report.close();
  rmSync(reportPath, { force: true });
  for (let count = 0; count < failed; count++)
    left.count("users who are RESET_REQUIRED", "the import job did not take them; its log says why");
}

/** Everybody, by the journal each once. @param seen told of every user */
export async function copyUsers(copy: UserCopy, seen: () => void): Promise<void> {
  const { from, source, call, UserPoolId, journal, left } = copy;
  const { CSVHeader = [] } = await call("GetCSVHeader", { UserPoolId });
  const columns = CSVHeader.filter((column) => column !== PASSWORD_HASH);
  const path = `${journal.path}.csv`;
  const toReset: UserRecord[] = [];
  let file: JobFile | null = null;
  await atOnce(usersOf({ call: source, pool: from }, hasFactors(from)), AT_ONCE, async (user) => {
    seen();
    if (goesByJob(copy, user)) {
      file ??= new JobFile(path, columns, from.pool.UsernameAttributes);
      if (await file.add(user)) {
        if (needsMore(user)) toReset.push(user);
        left.count(
          "passwords",
          "the API shows no hashes: these users set a new one by the code of a forgotten password",
        );
        return;
      }
    }
    if (user.status === "RESET_REQUIRED")
      left.count(
        "statuses RESET_REQUIRED",
        "no call gives it without sending a message: these users are CONFIRMED with a password that nobody knows",
      );
    await copyUser(copy, user);
  });
  const made = file as JobFile | null;
  if (!made) return;
  await made.end();
  if (journal.made("users to reset") === null) {
    await runJob(copy, made);
    journal.make("users to reset");
  }
  rmSync(path, { force: true });
  for (const user of toReset) await complete(copy, (await find(copy, nameIn(from, user))).Username, user);
}

const needsMore = (user: UserRecord): boolean =>
  user.enabled === false || (user.mfa?.enabled.length ?? 0) > 0 || linksOf(user).length > 0;

/** Who is in which group. A user who is left behind is in none. */
export async function copyMemberships(copy: UserCopy, seen: () => void): Promise<void> {
  const { from, source, call, UserPoolId, journal } = copy;
  for (const GroupName of Object.keys(from.groups)) {
    if (journal.made(`members of ${GroupName}`) !== null) continue;
    const members = async function* () {
      const listed = pages(source, "ListUsersInGroup", { UserPoolId: from.id, GroupName, Limit: PAGE });
      for await (const { Users = [] } of listed) for (const user of Users) yield userRecord(user);
    };
    await atOnce(members(), AT_ONCE, async (user) => {
      seen();
      if (NOT_GIVEN[user.status ?? ""] !== undefined) return;
      const Username = nameIn(from, user);
      try {
        await call("AdminAddUserToGroup", { UserPoolId, GroupName, Username });
      } catch (fault) {
        // Who is not there was named already.
        if (!isCode(fault, "UserNotFoundException")) throw fault;
      }
    });
    journal.make(`members of ${GroupName}`);
  }
}
