import { cognitoUserPoolsTokenProvider } from "@aws-amplify/auth/cognito";
import { Amplify, ConsoleLogger, type KeyValueStorageInterface } from "@aws-amplify/core";
import { vi } from "vitest";
import type { VirtualAuthenticator } from "./virtual-authenticator.ts";

/** What a browser would keep of Amplify's: tokens and the device. */
export class BrowserMemory implements KeyValueStorageInterface {
  readonly #items = new Map<string, string>();
  async setItem(key: string, value: string) {
    this.#items.set(key, value);
  }
  async getItem(key: string) {
    return this.#items.get(key) ?? null;
  }
  async removeItem(key: string) {
    this.#items.delete(key);
  }
  async clear() {
    this.#items.clear();
  }
  /** The value that is kept for the only user under this last part of its key: `accessToken`, `deviceKey` and so on. */
  kept(name: string): string | undefined {
    return [...this.#items].find(([key]) => key.endsWith(`.${name}`))?.[1];
  }
}

/**
 * Configures Amplify as `aws-amplify` does, with the server as userPoolEndpoint, in a new browser. There is one configuration per
 * process, so the tests of a file that use it run one after another.
 */
export function configureAmplify(place: {
  readonly url: string;
  readonly UserPoolId: string;
  readonly ClientId: string;
}): BrowserMemory {
  // It warns of every userPoolEndpoint.
  ConsoleLogger.LOG_LEVEL = "ERROR";
  const Cognito = {
    userPoolId: place.UserPoolId,
    userPoolClientId: place.ClientId,
    userPoolEndpoint: place.url,
  };
  Amplify.configure({ Auth: { Cognito } }, { Auth: { tokenProvider: cognitoUserPoolsTokenProvider } });
  cognitoUserPoolsTokenProvider.setAuthConfig({ Cognito });
  const memory = new BrowserMemory();
  cognitoUserPoolsTokenProvider.setKeyValueStorage(memory);
  return memory;
}

class Credential {
  readonly getClientExtensionResults = () => ({});
  constructor(members: object) {
    Object.assign(this, members);
  }
}
class Response {
  constructor(members: object) {
    Object.assign(this, members);
  }
}
class AttestationResponse extends Response {}
class AssertionResponse extends Response {}

const bytes = (text: string): ArrayBuffer => new Uint8Array(Buffer.from(text, "base64url")).buffer;
const text = (buffer: ArrayBuffer): string => Buffer.from(buffer).toString("base64url");

interface Options {
  readonly publicKey: {
    readonly challenge: ArrayBuffer;
    readonly rp: { readonly id: string };
    readonly rpId: string;
    readonly user: { readonly id: ArrayBuffer };
  };
}

/**
 * Amplify uses passkeys only where there is a `window`. This is what it touches of a browser for them: `isSecureContext`, the three
 * classes it compares with, and `navigator.credentials`, with an authenticator behind. Nothing else of Amplify needs a browser.
 */
export async function withPasskeysOf<T>(
  authenticator: VirtualAuthenticator,
  run: () => Promise<T>,
): Promise<T> {
  const shared = ({ id }: { id: string }) => ({ id, rawId: bytes(id), type: "public-key" });
  const credentials = {
    async create({ publicKey }: Options) {
      const { challenge, rp, user } = publicKey;
      const made = authenticator.create({ rp, challenge: text(challenge), user: { id: text(user.id) } });
      const response = new AttestationResponse({
        clientDataJSON: bytes(made.response.clientDataJSON),
        attestationObject: bytes(made.response.attestationObject),
        getTransports: () => made.response.transports,
        getPublicKeyAlgorithm: () => authenticator.algorithm,
        getAuthenticatorData: () => new ArrayBuffer(0),
        getPublicKey: () => null,
      });
      return new Credential({ ...shared(made), response });
    },
    async get({ publicKey }: Options) {
      const { challenge, rpId } = publicKey;
      const made = authenticator.get({ rpId, challenge: text(challenge) });
      const { clientDataJSON, authenticatorData, signature, userHandle } = made.response;
      const response = new AssertionResponse({
        clientDataJSON: bytes(clientDataJSON),
        authenticatorData: bytes(authenticatorData),
        signature: bytes(signature),
        userHandle: bytes(userHandle),
      });
      return new Credential({ ...shared(made), response });
    },
  };
  vi.stubGlobal("window", { document: {}, isSecureContext: true, PublicKeyCredential: Credential });
  vi.stubGlobal("PublicKeyCredential", Credential);
  vi.stubGlobal("AuthenticatorAttestationResponse", AttestationResponse);
  vi.stubGlobal("AuthenticatorAssertionResponse", AssertionResponse);
  vi.stubGlobal("navigator", { userAgent: "test", credentials });
  try {
    return await run();
  } finally {
    vi.unstubAllGlobals();
  }
}
