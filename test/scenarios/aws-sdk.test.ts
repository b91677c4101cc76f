import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminResetUserPasswordCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  AliasExistsException,
  ChangePasswordCommand,
  CodeMismatchException,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  CreateGroupCommand,
  DeleteGroupCommand,
  DeleteUserCommand,
  ExpiredCodeException,
  GetUserCommand,
  GlobalSignOutCommand,
  GroupExistsException,
  InitiateAuthCommand,
  InvalidParameterException,
  InvalidPasswordException,
  LimitExceededException,
  NotAuthorizedException,
  PasswordResetRequiredException,
  paginateAdminListGroupsForUser,
  paginateListGroups,
  paginateListUsers,
  paginateListUsersInGroup,
  ResendConfirmationCodeCommand,
  ResourceNotFoundException,
  RespondToAuthChallengeCommand,
  RevokeTokenCommand,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
  UnsupportedTokenTypeException,
  UserNotConfirmedException,
  UserNotFoundException,
  UsernameExistsException,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributes, closeWithinModel, PASSWORD } from "../support/builders.ts";
import { atFullHour, OTHER_PASSWORD, OWN_SENDER, type Scene, scene, wrong } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

const signInWith = (place: Scene, USERNAME: string, password = PASSWORD) =>
  new InitiateAuthCommand({
    ClientId: place.ClientId,
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME, PASSWORD: password },
  });

describe("the AWS SDK for JavaScript", () => {
  it("takes a user through an invitation, a new password, an e-mailed code and tokens", async () => {
    const place = await scene(world, { EmailConfiguration: OWN_SENDER });
    const sdk = world.client();
    const { UserPoolId, ClientId } = place;
    await sdk.send(
      new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: "ON", EmailMfaConfiguration: {} }),
    );
    const { User } = await sdk.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: "ana",
        UserAttributes: attributes({ email: "ana@example.com" }),
      }),
    );
    expect(User?.UserStatus).toBe("FORCE_CHANGE_PASSWORD");
    expect(User?.UserCreateDate).toBeInstanceOf(Date);
    expect(Math.abs(Number(User?.UserCreateDate) - Date.now())).toBeLessThan(60_000);

    const first = await sdk.send(signInWith(place, "ana", await place.code("ana@example.com")));
    expect(first.ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
    const second = await sdk.send(
      new RespondToAuthChallengeCommand({
        ClientId,
        ChallengeName: "NEW_PASSWORD_REQUIRED",
        Session: first.Session,
        ChallengeResponses: { USERNAME: "ana", NEW_PASSWORD: PASSWORD },
      }),
    );
    expect(second.ChallengeName).toBe("EMAIL_OTP");
    const code = await place.code("ana@example.com");
    const answer = (EMAIL_OTP_CODE: string) =>
      sdk.send(
        new RespondToAuthChallengeCommand({
          ClientId,
          ChallengeName: "EMAIL_OTP",
          Session: second.Session,
          ChallengeResponses: { USERNAME: "ana", EMAIL_OTP_CODE },
        }),
      );
    await expect(answer(wrong(code))).rejects.toThrow(CodeMismatchException);
    const { AuthenticationResult } = await answer(code);
    const shown = await sdk.send(new GetUserCommand({ AccessToken: AuthenticationResult?.AccessToken }));
    expect(shown.Username).toBe("ana");
  });

  it("gets every refusal as an exception of its own class, with the sentence as its message", async () => {
    await atFullHour(world);
    const place = await scene(world, { AutoVerifiedAttributes: ["email"], AliasAttributes: ["email"] });
    const sdk = world.client();
    const { UserPoolId, ClientId } = place;
    const signUp = (Username: string, Password = PASSWORD) =>
      sdk.send(
        new SignUpCommand({
          ClientId,
          Username,
          Password,
          UserAttributes: attributes({ email: "ana@example.com" }),
        }),
      );
    const confirm = (Username: string, ConfirmationCode: string) =>
      sdk.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode }));
    await expect(signUp("ana", "short")).rejects.toThrow(InvalidPasswordException);
    await signUp("ana");
    await expect(signUp("ana")).rejects.toThrow(UsernameExistsException);
    await expect(sdk.send(signInWith(place, "ana"))).rejects.toThrow(UserNotConfirmedException);
    const code = await place.code("ana@example.com");
    await expect(confirm("ana", wrong(code))).rejects.toThrow(CodeMismatchException);
    await confirm("ana", code);
    await signUp("second");
    await expect(confirm("second", await place.code("ana@example.com"))).rejects.toThrow(
      AliasExistsException,
    );
    await expect(sdk.send(signInWith(place, "nobody"))).rejects.toThrow(UserNotFoundException);
    const refused = await sdk
      .send(signInWith(place, "ana", "Wr0ng-password!"))
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(NotAuthorizedException);
    expect(refused).toMatchObject({
      name: "NotAuthorizedException",
      message: "Incorrect username or password.",
      $fault: "client",
      $metadata: { httpStatusCode: 400, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });

    await sdk.send(new AdminResetUserPasswordCommand({ UserPoolId, Username: "ana" }));
    await expect(sdk.send(signInWith(place, "ana"))).rejects.toThrow(PasswordResetRequiredException);
    const reset = (Password: string, ConfirmationCode: string) =>
      sdk.send(new ConfirmForgotPasswordCommand({ ClientId, Username: "ana", ConfirmationCode, Password }));
    const resetCode = await place.code("ana@example.com");
    await reset(OTHER_PASSWORD, resetCode);
    await expect(reset(OTHER_PASSWORD, resetCode)).rejects.toThrow(ExpiredCodeException);

    const resend = () => sdk.send(new ResendConfirmationCodeCommand({ ClientId, Username: "second" }));
    for (let n = 1; n <= 5; n++) await resend();
    await expect(resend()).rejects.toThrow(LimitExceededException);
    await expect(
      sdk.send(new AdminGetUserCommand({ UserPoolId: "us-east-1_AbCdEf123", Username: "ana" })),
    ).rejects.toThrow(ResourceNotFoundException);
    await expect(
      sdk.send(
        new AdminUpdateUserAttributesCommand({
          UserPoolId,
          Username: "ana",
          UserAttributes: attributes({ email: "none" }),
        }),
      ),
    ).rejects.toThrow(InvalidParameterException);
    await sdk.send(new CreateGroupCommand({ UserPoolId, GroupName: "g" }));
    await expect(sdk.send(new CreateGroupCommand({ UserPoolId, GroupName: "g" }))).rejects.toThrow(
      GroupExistsException,
    );
    const { AccessToken } = await place.tokens("ana", OTHER_PASSWORD);
    await expect(sdk.send(new RevokeTokenCommand({ ClientId, Token: AccessToken }))).rejects.toThrow(
      UnsupportedTokenTypeException,
    );
  });

  it("reads answers without a body and with an empty object", async () => {
    const place = await scene(world);
    const sdk = world.client();
    const { UserPoolId } = place;
    await place.user("ana");
    const Username = "ana";
    await sdk.send(new CreateGroupCommand({ UserPoolId, GroupName: "g" }));
    const { AccessToken } = await place.tokens("ana");
    const ok = { $metadata: expect.objectContaining({ httpStatusCode: 200 }) };
    expect(await sdk.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName: "g" }))).toEqual(
      ok,
    );
    expect(await sdk.send(new DeleteGroupCommand({ UserPoolId, GroupName: "g" }))).toEqual(ok);
    expect(
      await sdk.send(
        new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: OTHER_PASSWORD, Permanent: true }),
      ),
    ).toEqual(ok);
    expect(
      await sdk.send(
        new ChangePasswordCommand({
          AccessToken,
          PreviousPassword: OTHER_PASSWORD,
          ProposedPassword: PASSWORD,
        }),
      ),
    ).toEqual(ok);
    expect(await sdk.send(new GlobalSignOutCommand({ AccessToken }))).toEqual(ok);
    const again = await place.tokens("ana");
    expect(await sdk.send(new DeleteUserCommand({ AccessToken: again.AccessToken }))).toEqual(ok);
  });

  it("pages through users, groups and members with its paginators", async () => {
    const place = await scene(world);
    const client = world.client();
    const { UserPoolId } = place;
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) {
      await place.invited(name);
      await client.send(new CreateGroupCommand({ UserPoolId, GroupName: name }));
      await client.send(new AdminAddUserToGroupCommand({ UserPoolId, Username: name, GroupName: "a" }));
      await client.send(new AdminAddUserToGroupCommand({ UserPoolId, Username: "a", GroupName: name }));
    }
    async function collected<T>(pages: AsyncIterable<T>, names: (page: T) => (string | undefined)[]) {
      const all: (string | undefined)[] = [];
      for await (const page of pages) all.push(...names(page));
      return all.sort();
    }
    const settings = { client, pageSize: 2 };
    expect(
      await collected(paginateListUsers(settings, { UserPoolId }), (page) =>
        (page.Users ?? []).map((user) => user.Username),
      ),
    ).toEqual(names);
    expect(
      await collected(paginateListGroups(settings, { UserPoolId }), (page) =>
        (page.Groups ?? []).map((group) => group.GroupName),
      ),
    ).toEqual(names);
    expect(
      await collected(paginateListUsersInGroup(settings, { UserPoolId, GroupName: "a" }), (page) =>
        (page.Users ?? []).map((user) => user.Username),
      ),
    ).toEqual(names);
    expect(
      await collected(paginateAdminListGroupsForUser(settings, { UserPoolId, Username: "a" }), (page) =>
        (page.Groups ?? []).map((group) => group.GroupName),
      ),
    ).toEqual(names);
  });

  it("sees only the pools of the region that it signs for", async () => {
    const place = await scene(world);
    await place.user("ana");
    const get = (region: string) =>
      world.client(region).send(new AdminGetUserCommand({ UserPoolId: place.UserPoolId, Username: "ana" }));
    expect((await get("us-east-1")).Username).toBe("ana");
    await expect(get("eu-west-1")).rejects.toThrow(`User pool ${place.UserPoolId} does not exist.`);
  });
});
