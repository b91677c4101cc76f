import type { KeyEncryptionKey } from "../../crypto/encryption-at-rest.ts";
import { type SigningScope, scopeText, signingKey } from "../../crypto/sigv4.ts";
import type { Clock } from "../../runtime/clock.ts";
import { missingAuthenticationToken, securityTokenExpired, securityTokenInvalid } from "../errors.ts";
import type { Repositories } from "../store.ts";
import { openSecret } from "./access-keys.ts";
import { type Policy, type PolicyKind, readPolicy } from "./policy-document.ts";
import { arnOf, type Principal, type StoredPrincipal } from "./principal.ts";
import {
  readSignature,
  requireCurrent,
  requireMatch,
  requireScope,
  type Signature,
  type SignedRequest,
} from "./signature.ts";
import { openSessionToken, type SessionGrant } from "./temporary-credentials.ts";

/** An access key outside the database, for development. */
export interface FixedAccessKey {
  readonly id: string;
  readonly secret: string;
  readonly principal: StoredPrincipal;
}

export interface AuthorityServices {
  readonly store: Pick<Repositories, "principals">;
  readonly keyEncryptionKey: KeyEncryptionKey;
  /** For the expiry of temporary credentials. */
  readonly clock: Clock;
  /** For the age of signatures: the system's, as callers have, and not one that a developer may move. */
  readonly signatureClock: Clock;
  readonly fixedAccessKey?: FixedAccessKey | undefined;
}

/** A caller whose signature was verified. */
export interface ProvenCaller {
  readonly principal: Principal;
  /** The region that the call was signed for. */
  readonly region: string;
}

interface Holder {
  readonly secret: string;
  readonly principal: StoredPrincipal;
}

const CACHED = 2000;

/**
 * Says who signed a request. Keys and policies are read from the database at every call, so that one that is deleted or changed on
 * any node is refused by the next request; what is kept between calls is only what can be computed again from the same bytes.
 */
export class Authority {
  readonly #services: AuthorityServices;
  readonly #signingKeys = new Map<string, Buffer>();
  readonly #policies = new Map<string, Policy>();

  constructor(services: AuthorityServices) {
    this.#services = services;
  }

  /**
   * @param service whose name the signature must carry: `cognito-idp`, `sts` …
   * @throws MissingAuthenticationTokenException, IncompleteSignatureException, InvalidSignatureException,
   *   UnrecognizedClientException, ExpiredTokenException
   */
  async prove(request: SignedRequest, service: string): Promise<ProvenCaller> {
    const signature = readSignature(request);
    if (!signature) throw missingAuthenticationToken();
    requireScope(signature, service);
    requireCurrent(signature, this.#services.signatureClock.now());
    const { secret, principal } = await this.#identify(signature);
    this.#requireMatch(signature, request, secret);
    return { principal, region: signature.scope.region };
  }

  /** Whom the fixed access key belongs to. @throws Error when there is none */
  fixedPrincipal(): Principal {
    const { fixedAccessKey } = this.#services;
    if (!fixedAccessKey) throw new Error("This authority has no fixed access key");
    return this.#ownPrincipal(fixedAccessKey.principal, {
      accessKeyId: fixedAccessKey.id,
      sourceKeyId: fixedAccessKey.id,
      tokenIssuedAt: null,
    });
  }

  /** Parsed once per text. @throws MalformedPolicyDocument */
  policy(document: string, kind: PolicyKind): Policy {
    const name = `${kind}${document}`;
    return remembered(this.#policies, name, () => readPolicy(document, kind));
  }

  #requireMatch(signature: Signature, request: SignedRequest, secret: string): void {
    const name = `${secret}/${scopeText(signature.scope)}`;
    const known = this.#signingKeys.get(name);
    const key = known ?? signingKey(secret, signature.scope satisfies SigningScope);
    requireMatch(signature, request, key);
    // Only now, so that nobody fills the table with scopes of their invention.
    if (!known) remembered(this.#signingKeys, name, () => key);
  }

  async #identify({
    accessKeyId,
    sessionToken,
  }: Signature): Promise<{ secret: string; principal: Principal }> {
    if (sessionToken === null) {
      const holder = await this.#holderOf(accessKeyId);
      return {
        secret: holder.secret,
        principal: this.#ownPrincipal(holder.principal, {
          accessKeyId,
          sourceKeyId: accessKeyId,
          tokenIssuedAt: null,
        }),
      };
    }
    const grant = openSessionToken(this.#services.keyEncryptionKey, accessKeyId, sessionToken);
    if (grant.expiresAt <= this.#services.clock.now()) throw securityTokenExpired();
    const source = await this.#holderOf(grant.sourceKeyId);
    if (!grant.role)
      return {
        secret: grant.secret,
        principal: this.#ownPrincipal(source.principal, {
          accessKeyId,
          sourceKeyId: grant.sourceKeyId,
          tokenIssuedAt: grant.issuedAt,
        }),
      };
    const role = await this.#services.store.principals.byKey(grant.role.key);
    if (!role) throw securityTokenInvalid();
    return {
      secret: grant.secret,
      principal: this.#roleSession(role, accessKeyId, grant, grant.role.session),
    };
  }

  async #holderOf(accessKeyId: string): Promise<Holder> {
    const { store, keyEncryptionKey, fixedAccessKey } = this.#services;
    if (fixedAccessKey?.id === accessKeyId) return fixedAccessKey;
    const found = await store.principals.byAccessKey(accessKeyId);
    if (!found) throw securityTokenInvalid();
    const { accessKey, principal } = found;
    return { secret: openSecret(keyEncryptionKey.server, accessKey.id, accessKey.sealedSecret), principal };
  }

  #policiesOf({ policies }: StoredPrincipal): Policy[] {
    return policies.map(({ document }) => this.policy(document, "identity"));
  }

  #ownPrincipal(
    stored: StoredPrincipal,
    credentials: Pick<Principal, "accessKeyId" | "sourceKeyId" | "tokenIssuedAt">,
  ): Principal {
    const isRoot = stored.kind === "root";
    const arn = arnOf(stored);
    return {
      type: isRoot ? "Account" : "User",
      accountId: stored.accountId,
      arn,
      principalArn: arn,
      userId: stored.uniqueId,
      username: isRoot ? null : stored.name,
      policies: isRoot ? null : this.#policiesOf(stored),
      sessionPolicies: null,
      ...credentials,
      stored,
    };
  }

  #roleSession(role: StoredPrincipal, accessKeyId: string, grant: SessionGrant, session: string): Principal {
    return {
      type: "AssumedRole",
      accountId: role.accountId,
      arn: `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${session}`,
      principalArn: arnOf(role),
      userId: `${role.uniqueId}:${session}`,
      username: null,
      policies: this.#policiesOf(role),
      sessionPolicies: grant.sessionPolicy === null ? null : [this.policy(grant.sessionPolicy, "identity")],
      tokenIssuedAt: grant.issuedAt,
      accessKeyId,
      sourceKeyId: grant.sourceKeyId,
      stored: role,
    };
  }
}

/** What the map has under the name, or else makes; a full map starts over. */
function remembered<V>(map: Map<string, V>, name: string, make: () => V): V {
  let value = map.get(name);
  if (value === undefined) {
    value = make();
    if (map.size >= CACHED) map.clear();
    map.set(name, value);
  }
  return value;
}
