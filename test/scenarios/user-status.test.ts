import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { USER_STATUS_TRANSITIONS, type UserEvent } from "../../src/domain/users/index.ts";
import { ApiRefusal } from "../support/api.ts";
import { attributes, closeWithinModel, PASSWORD } from "../support/builders.ts";
import { type Scene, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const STATUSES = ["UNCONFIRMED", "CONFIRMED", "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED"] as const;
type Status = (typeof STATUSES)[number];
const EVENTS = [
  "sign-up-confirmed",
  "new-password-set",
  "permanent-password-set",
  "temporary-password-set",
  "password-reset-by-administrator",
  "password-reset-confirmed",
] as const satisfies readonly UserEvent[];

/** What the events lead to; one that a status does not name is refused and changes nothing. */
const EXPECTED: Readonly<Record<Status, Partial<Record<UserEvent, Status>>>> = {
  UNCONFIRMED: {
    "sign-up-confirmed": "CONFIRMED",
    "permanent-password-set": "CONFIRMED",
    "temporary-password-set": "FORCE_CHANGE_PASSWORD",
    "password-reset-confirmed": "CONFIRMED",
  },
  CONFIRMED: {
    "permanent-password-set": "CONFIRMED",
    "temporary-password-set": "FORCE_CHANGE_PASSWORD",
    "password-reset-by-administrator": "RESET_REQUIRED",
    "password-reset-confirmed": "CONFIRMED",
  },
  FORCE_CHANGE_PASSWORD: {
    "new-password-set": "CONFIRMED",
    "permanent-password-set": "CONFIRMED",
    "temporary-password-set": "FORCE_CHANGE_PASSWORD",
  },
  RESET_REQUIRED: {
    "permanent-password-set": "CONFIRMED",
    "temporary-password-set": "FORCE_CHANGE_PASSWORD",
    "password-reset-by-administrator": "RESET_REQUIRED",
    "password-reset-confirmed": "CONFIRMED",
  },
};

/** What a sign-in with the right password comes to in each status. */
const SIGN_IN: Readonly<Record<Status, string>> = {
  UNCONFIRMED: "UserNotConfirmedException: User is not confirmed.",
  CONFIRMED: "tokens",
  FORCE_CHANGE_PASSWORD: "NEW_PASSWORD_REQUIRED",
  RESET_REQUIRED: "PasswordResetRequiredException: Password reset required for the user",
};

let world: World;
let place: Scene;
let people = 0;
beforeAll(async () => {
  world = await startWorld();
  place = await scene(world, { AutoVerifiedAttributes: ["email"] });
});
afterAll(() => closeWithinModel(world));

/** A person with a verified address, who knows the current password. */
class Person {
  readonly name = `person-${++people}`;
  #password = PASSWORD;
  #next = 0;

  get #email(): string {
    return `${this.name}@example.com`;
  }

  #newPassword(): string {
    return `New-Passw0rd-${++this.#next}`;
  }

  async signUp(): Promise<void> {
    const { api, ClientId, UserPoolId } = place;
    await api("SignUp", {
      ClientId,
      Username: this.name,
      Password: this.#password,
      UserAttributes: attributes({ email: this.#email }),
    });
    await api("AdminUpdateUserAttributes", {
      UserPoolId,
      Username: this.name,
      UserAttributes: attributes({ email_verified: "true" }),
    });
  }

  async bringTo(status: Status): Promise<void> {
    await this.signUp();
    if (status === "CONFIRMED") await this.meet("sign-up-confirmed");
    if (status === "FORCE_CHANGE_PASSWORD") await this.meet("temporary-password-set");
    if (status !== "RESET_REQUIRED") return;
    await this.meet("sign-up-confirmed");
    await this.meet("password-reset-by-administrator");
  }

  /** Carries the event out with the API. @throws ApiRefusal */
  async meet(event: UserEvent): Promise<void> {
    const { api, ClientId, UserPoolId } = place;
    const whom = { UserPoolId, Username: this.name };
    const password = this.#newPassword();
    switch (event) {
      case "sign-up-confirmed":
        await api("AdminConfirmSignUp", whom);
        return;
      case "new-password-set": {
        const { Session } = await place.signIn(this.name, this.#password);
        await place.answer("NEW_PASSWORD_REQUIRED", Session, { USERNAME: this.name, NEW_PASSWORD: password });
        break;
      }
      case "permanent-password-set":
        await api("AdminSetUserPassword", { ...whom, Password: password, Permanent: true });
        break;
      case "temporary-password-set":
        await api("AdminSetUserPassword", { ...whom, Password: password, Permanent: false });
        break;
      case "password-reset-by-administrator":
        await api("AdminResetUserPassword", whom);
        return;
      case "password-reset-confirmed":
        // So that the hourly limit has no part in it.
        await world.advanceSeconds(3600);
        await api("ForgotPassword", { ClientId, Username: this.name });
        await api("ConfirmForgotPassword", {
          ClientId,
          Username: this.name,
          ConfirmationCode: await place.code(this.#email),
          Password: password,
        });
        break;
    }
    this.#password = password;
  }

  async signIn(): Promise<string> {
    const answer = await place
      .signIn(this.name, this.#password)
      .catch((error: ApiRefusal) => `${error.code}: ${error.message}`);
    if (typeof answer === "string") return answer;
    return answer.ChallengeName ?? "tokens";
  }
}

const happens = (person: Person, event: UserEvent): Promise<"accepted" | "refused"> =>
  person.meet(event).then(
    () => "accepted",
    (error: unknown) => {
      if (error instanceof ApiRefusal) return "refused";
      throw error;
    },
  );

describe("the status of a user", () => {
  const pairs = STATUSES.flatMap((status) => EVENTS.map((event) => [status, event] as const));

  it.each(pairs)("%s: %s", async (status, event) => {
    const person = new Person();
    await person.bringTo(status);
    expect(await place.status(person.name)).toBe(status);
    expect(await person.signIn()).toBe(SIGN_IN[status]);
    const expected = EXPECTED[status][event];
    expect(await happens(person, event)).toBe(expected ? "accepted" : "refused");
    const after = expected ?? status;
    expect(await place.status(person.name)).toBe(after);
    expect(await person.signIn()).toBe(SIGN_IN[after]);
  });

  it("follows the table through any sequence of events, and decides what a sign-in comes to", async () => {
    const sequences = fc.array(fc.constantFrom(...EVENTS, "disable" as const, "enable" as const), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(sequences, async (events) => {
        const person = new Person();
        const whom = { UserPoolId: place.UserPoolId, Username: person.name };
        await person.signUp();
        let status: Status = "UNCONFIRMED";
        let enabled = true;
        for (const event of events) {
          if (event === "disable" || event === "enable") {
            enabled = event === "enable";
            await place.api(enabled ? "AdminEnableUser" : "AdminDisableUser", whom);
          } else {
            const byThePerson = event === "new-password-set" || event === "password-reset-confirmed";
            const expected: Status | undefined =
              !enabled && byThePerson ? undefined : EXPECTED[status][event];
            expect(await happens(person, event)).toBe(expected ? "accepted" : "refused");
            status = expected ?? status;
          }
          const user = await place.api("AdminGetUser", whom);
          expect(user).toMatchObject({ UserStatus: status, Enabled: enabled });
        }
        expect(await person.signIn()).toBe(
          enabled ? SIGN_IN[status] : "NotAuthorizedException: User is disabled.",
        );
      }),
      { numRuns: 60, seed: 42 },
    );
  });

  it("has no transition in the server's table but those above", () => {
    for (const status of STATUSES) expect(USER_STATUS_TRANSITIONS[status]).toEqual(EXPECTED[status]);
    const others = ["ARCHIVED", "COMPROMISED", "UNKNOWN"] as const;
    for (const status of others) expect(USER_STATUS_TRANSITIONS[status]).toEqual({});
    expect(USER_STATUS_TRANSITIONS.EXTERNAL_PROVIDER).toEqual({
      "permanent-password-set": "CONFIRMED",
      "temporary-password-set": "FORCE_CHANGE_PASSWORD",
    });
  });
});

describe("the date of a user's last change", () => {
  it("moves with every change of profile, password, second factor and standing, and with nothing else", async () => {
    const { api, UserPoolId, ClientId } = place;
    const Username = "dated";
    const whom = { UserPoolId, Username };
    const email = "dated@example.com";
    await api("SetUserPoolMfaConfig", {
      UserPoolId,
      MfaConfiguration: "OPTIONAL",
      SoftwareTokenMfaConfiguration: { Enabled: true },
    });
    await api("SignUp", { ClientId, Username, Password: PASSWORD, UserAttributes: attributes({ email }) });
    const date = async () => Number((await api("AdminGetUser", whom)).UserLastModifiedDate);
    const moved = async (change: () => Promise<unknown>): Promise<boolean> => {
      const before = await date();
      await world.advanceSeconds(2);
      await change();
      return (await date()) > before;
    };
    const confirm = async () =>
      api("ConfirmSignUp", { ClientId, Username, ConfirmationCode: await place.code(email) });
    expect(await moved(confirm)).toBe(true);
    const { AccessToken } = await place.tokens(Username);
    const changes: (() => Promise<unknown>)[] = [
      () => api("UpdateUserAttributes", { AccessToken, UserAttributes: attributes({ name: "D" }) }),
      () => api("DeleteUserAttributes", { AccessToken, UserAttributeNames: ["name"] }),
      () => api("AdminUpdateUserAttributes", { ...whom, UserAttributes: attributes({ name: "D" }) }),
      () => api("AdminDeleteUserAttributes", { ...whom, UserAttributeNames: ["name"] }),
      () => api("ChangePassword", { AccessToken, PreviousPassword: PASSWORD, ProposedPassword: PASSWORD }),
      () => api("AdminSetUserMFAPreference", { ...whom, SoftwareTokenMfaSettings: { Enabled: false } }),
      () => api("AdminDisableUser", whom),
      () => api("AdminEnableUser", whom),
      () => api("AdminResetUserPassword", whom),
      () => api("AdminSetUserPassword", { ...whom, Password: PASSWORD, Permanent: true }),
    ];
    for (const change of changes) expect(await moved(change)).toBe(true);
    expect(await moved(() => place.signIn(Username))).toBe(false);
    expect(await moved(() => api("ForgotPassword", { ClientId, Username }))).toBe(false);
    expect(await moved(() => api("AdminUserGlobalSignOut", whom))).toBe(false);
  });
});
