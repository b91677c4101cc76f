import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, apiOf, refusal } from "../support/api.ts";
import { closeWithinModel, makeClient, makePool, makeUser, PASSWORD, signIn } from "../support/builders.ts";
import { findChromium, openPage, type Page } from "../support/chromium.ts";
import { startWorld, type World } from "../support/world.ts";

const chromium = findChromium();
if (!chromium) console.warn("Passkeys in a browser are not tested: chromium is not installed.");

/** What a page does with the options, and what it sends back: nothing but the standard's own functions. */
const create = (options: unknown) => `navigator.credentials.create({
  publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(options)}),
}).then((credential) => credential.toJSON())`;
const get = (options: string) => `navigator.credentials.get({
  publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(${options}),
}).then((credential) => credential.toJSON())`;

describe.skipIf(!chromium)("passkeys in Chromium, on http://localhost", () => {
  let world: World;
  let api: Api;
  let site: Server;
  let page: Page;
  let url: string;
  beforeAll(async () => {
    world = await startWorld();
    api = apiOf(world);
    site = createServer((_, response) => {
      response.setHeader("content-type", "text/html");
      response.end("<!doctype html><title>Application</title>");
    });
    await new Promise<void>((resolve) => site.listen(0, "localhost", resolve));
    url = `http://localhost:${(site.address() as AddressInfo).port}/`;
    page = await openPage(chromium ?? "");
    await page.goTo(url);
    await page.send("WebAuthn.enable");
  });
  afterAll(async () => {
    await page?.close();
    site?.close();
    await closeWithinModel(world);
  });

  const addAuthenticator = async (options: object = {}) => {
    const { authenticatorId } = await page.send<{ authenticatorId: string }>(
      "WebAuthn.addVirtualAuthenticator",
      {
        options: {
          protocol: "ctap2",
          transport: "internal",
          hasResidentKey: true,
          hasUserVerification: true,
          isUserVerified: true,
          automaticPresenceSimulation: true,
          ...options,
        },
      },
    );
    return { remove: () => page.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId }) };
  };

  async function prepared(RelyingPartyId = "localhost") {
    const { Id: UserPoolId } = await makePool(api, {
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "WEB_AUTHN"] } },
    });
    await api("SetUserPoolMfaConfig", { UserPoolId, WebAuthnConfiguration: { RelyingPartyId } });
    const client = await makeClient(api, UserPoolId, {
      ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
    });
    const { ClientId } = client;
    await makeUser(api, UserPoolId, "alice", { password: PASSWORD });
    const { AccessToken } = await signIn(api, client, "alice");
    const register = async () => {
      const { CredentialCreationOptions } = await api("StartWebAuthnRegistration", { AccessToken });
      const Credential = await page.evaluate<object>(create(CredentialCreationOptions));
      return api("CompleteWebAuthnRegistration", { AccessToken, Credential });
    };
    const ask = async () => {
      const challenge = await api("InitiateAuth", {
        ClientId,
        AuthFlow: "USER_AUTH",
        AuthParameters: { USERNAME: "alice", PREFERRED_CHALLENGE: "WEB_AUTHN" },
      });
      expect(challenge.ChallengeName).toBe("WEB_AUTHN");
      return { options: challenge.ChallengeParameters?.CREDENTIAL_REQUEST_OPTIONS ?? "", ...challenge };
    };
    const prove = (Session: string | undefined, credential: object) =>
      api("RespondToAuthChallenge", {
        ClientId,
        ChallengeName: "WEB_AUTHN",
        Session,
        ChallengeResponses: { USERNAME: "alice", CREDENTIAL: JSON.stringify(credential) },
      });
    return { AccessToken, register, ask, prove };
  }

  it.each([
    ["a platform authenticator", {}],
    ["a security key", { transport: "usb" }],
    ["a synchronised passkey", { defaultBackupEligibility: true, defaultBackupState: true }],
  ])("are registered and sign in again and again, with %s", async (_, options) => {
    const authenticator = await addAuthenticator(options);
    const { AccessToken, register, ask, prove } = await prepared();
    await register();
    const { Credentials } = await api("ListWebAuthnCredentials", { AccessToken });
    expect(Credentials).toMatchObject([{ RelyingPartyId: "localhost" }]);
    for (let n = 0; n < 3; n++) {
      const { options: request, Session } = await ask();
      const done = await prove(Session, await page.evaluate<object>(get(request)));
      expect(done.AuthenticationResult?.AccessToken).toBeTruthy();
    }
    await expect(register()).rejects.toThrow("InvalidStateError");
    await authenticator.remove();
  });

  it("do not answer twice", async () => {
    const authenticator = await addAuthenticator();
    const { register, ask, prove } = await prepared();
    await register();
    const { options, Session } = await ask();
    const credential = await page.evaluate<object>(get(options));
    await prove(Session, credential);
    expect(await refusal(prove((await ask()).Session, credential))).toBe(
      "NotAuthorizedException: Invalid passkey for the user.",
    );
    await authenticator.remove();
  });

  it("are not made for a domain that the page does not belong to", async () => {
    const authenticator = await addAuthenticator();
    const { register } = await prepared("example.com");
    await expect(register()).rejects.toThrow("SecurityError");
    await authenticator.remove();
  });
});
