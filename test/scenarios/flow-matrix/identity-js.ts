import {
  AuthenticationDetails,
  CognitoRefreshToken,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from "amazon-cognito-identity-js";
import { MemoryStorage } from "../../support/memory-storage.ts";
import { partsOf } from "./person.ts";
import type { OpenSession, SignedIn } from "./session.ts";

const tokensOf = (session: CognitoUserSession): Omit<SignedIn, "asked"> => ({
  accessToken: session.getAccessToken().getJwtToken(),
  refreshToken: session.getRefreshToken().getToken(),
});

/** A page with amazon-cognito-identity-js; each sign-in is a new page load on the same storage. */
export const identityJsSession: OpenSession = (person) => {
  const Storage = new MemoryStorage();
  const { UserPoolId, ClientId, username: Username, password: Password } = person;
  let user: CognitoUser;
  let refreshToken = "";
  return {
    signIn: (flow) =>
      new Promise((resolve, onFailure) => {
        const Pool = new CognitoUserPool({ UserPoolId, ClientId, Storage, endpoint: `${person.url}/` });
        user = new CognitoUser({ Username, Pool, Storage });
        user.setAuthenticationFlowType(partsOf(flow).authFlow);
        const asked: string[] = [];
        const callbacks = {
          onSuccess: (session: CognitoUserSession) => {
            refreshToken = session.getRefreshToken().getToken();
            resolve({ asked, ...tokensOf(session) });
          },
          onFailure,
          newPasswordRequired() {
            asked.push("NEW_PASSWORD_REQUIRED");
            user.completeNewPasswordChallenge(person.newPassword, {}, callbacks);
          },
          async mfaRequired() {
            asked.push("SMS_MFA");
            user.sendMFACode(await person.code("SMS"), callbacks);
          },
          totpRequired() {
            asked.push("SOFTWARE_TOKEN_MFA");
            user.sendMFACode(person.totp(), callbacks, "SOFTWARE_TOKEN_MFA");
          },
          customChallenge() {
            asked.push("CUSTOM_CHALLENGE");
            user.sendCustomChallengeAnswer(person.customAnswer, callbacks);
          },
          selectMFAType() {
            asked.push("SELECT_MFA_TYPE");
            user.sendMFASelectionAnswer("SMS_MFA", callbacks);
          },
          mfaSetup() {
            asked.push("MFA_SETUP");
            user.associateSoftwareToken({
              associateSecretCode: (secret) =>
                user.verifySoftwareToken(person.totp(secret), "phone", callbacks),
              onFailure,
            });
          },
        };
        if (flow === "CUSTOM_AUTH") user.initiateAuth(new AuthenticationDetails({ Username }), callbacks);
        else user.authenticateUser(new AuthenticationDetails({ Username, Password }), callbacks);
      }),
    refresh: () =>
      new Promise((resolve, reject) => {
        const token = new CognitoRefreshToken({ RefreshToken: refreshToken });
        user.refreshSession(token, (error, session) => (error ? reject(error) : resolve(tokensOf(session))));
      }),
  };
};
