import type {
  WebAuthnCredential,
  WebAuthnCredentials,
  WebAuthnRegistration,
} from "../../domain/authentication/index.ts";
import type { PoolKey } from "../../domain/user-pools/index.ts";
import type { UserKey } from "../../domain/users/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { fromJson } from "../json.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { WebAuthnCredentialTable, WebAuthnRegistrationTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

export function webAuthnCredentialStatements({ db }: QueryBuilder) {
  return {
    insert: prepared((p: Slots<WebAuthnCredentialTable>) =>
      db
        .insertInto("web_authn_credential")
        .values({
          pool_key: p.pool_key,
          id: p.id,
          user_key: p.user_key,
          relying_party_id: p.relying_party_id,
          public_key: p.public_key,
          sign_count: p.sign_count,
          backup_eligible: p.backup_eligible,
          friendly_name: p.friendly_name,
          attachment: p.attachment,
          transports: p.transports,
          created_at: p.created_at,
        })
        .onConflict((conflict) => conflict.columns(["pool_key", "id"]).doNothing())
        .returning("id"),
    ),
    ofUser: prepared((p: Slots<{ userKey: number }>) =>
      db
        .selectFrom("web_authn_credential")
        .selectAll()
        .where("user_key", "=", p.userKey)
        .orderBy("created_at")
        .orderBy("id"),
    ),
    /** Moves the counter forward for whoever is first; one that stands at 0 does not count. */
    advance: prepared(
      (p: Slots<{ userKey: number; id: string; signCount: number; equal: number; above: number }>) =>
        db
          .updateTable("web_authn_credential")
          .set({ sign_count: p.signCount })
          .where("user_key", "=", p.userKey)
          .where("id", "=", p.id)
          .where((eb) =>
            eb.or([
              eb("sign_count", "<", p.above),
              eb.and([eb("sign_count", "=", 0), eb("sign_count", "=", p.equal)]),
            ]),
          )
          .returning("id"),
    ),
    remove: prepared((p: Slots<{ userKey: number; id: string }>) =>
      db
        .deleteFrom("web_authn_credential")
        .where("user_key", "=", p.userKey)
        .where("id", "=", p.id)
        .returning("id"),
    ),
    putRegistration: prepared((p: Slots<WebAuthnRegistrationTable>) =>
      db
        .insertInto("web_authn_registration")
        .values({
          user_key: p.user_key,
          client_id: p.client_id,
          challenge: p.challenge,
          expires_at: p.expires_at,
        })
        .onConflict((conflict) =>
          conflict.column("user_key").doUpdateSet((eb) => ({
            client_id: eb.ref("excluded.client_id"),
            challenge: eb.ref("excluded.challenge"),
            expires_at: eb.ref("excluded.expires_at"),
          })),
        ),
    ),
    findRegistration: prepared((p: Slots<{ userKey: number }>) =>
      db.selectFrom("web_authn_registration").selectAll().where("user_key", "=", p.userKey),
    ),
    /** Gives back a row to whoever ends the registration, and to nobody after. */
    consumeRegistration: prepared((p: Slots<{ userKey: number; challenge: string }>) =>
      db
        .deleteFrom("web_authn_registration")
        .where("user_key", "=", p.userKey)
        .where("challenge", "=", p.challenge)
        .returning("user_key"),
    ),
  };
}

const toCredential = (row: WebAuthnCredentialTable): WebAuthnCredential => ({
  id: row.id,
  poolKey: row.pool_key as PoolKey,
  userKey: row.user_key as UserKey,
  relyingPartyId: row.relying_party_id,
  publicKey: row.public_key,
  signCount: row.sign_count,
  backupEligible: row.backup_eligible === 1,
  friendlyName: row.friendly_name,
  attachment: row.attachment,
  transports: fromJson(row.transports),
  createdAt: row.created_at as Instant,
});

export class WebAuthnCredentialRepository implements WebAuthnCredentials {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof webAuthnCredentialStatements>;

  constructor(session: Session, statements: ReturnType<typeof webAuthnCredentialStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async insert(credential: WebAuthnCredential): Promise<boolean> {
    const { rows } = await this.#session.write(
      this.#statements.insert({
        pool_key: credential.poolKey,
        id: credential.id,
        user_key: credential.userKey,
        relying_party_id: credential.relyingPartyId,
        public_key: credential.publicKey,
        sign_count: credential.signCount,
        backup_eligible: credential.backupEligible ? 1 : 0,
        friendly_name: credential.friendlyName,
        attachment: credential.attachment,
        transports: JSON.stringify(credential.transports),
        created_at: credential.createdAt,
      }),
    );
    return rows.length === 1;
  }

  async ofUser(userKey: UserKey): Promise<WebAuthnCredential[]> {
    return (await this.#session.read(this.#statements.ofUser({ userKey }))).map(toCredential);
  }

  async advance(userKey: UserKey, id: string, signCount: number): Promise<boolean> {
    const { rows } = await this.#session.write(
      this.#statements.advance({ userKey, id, signCount, equal: signCount, above: signCount }),
    );
    return rows.length === 1;
  }

  async remove(userKey: UserKey, id: string): Promise<boolean> {
    return (await this.#session.write(this.#statements.remove({ userKey, id }))).rows.length === 1;
  }

  async putRegistration(registration: WebAuthnRegistration): Promise<void> {
    await this.#session.write(
      this.#statements.putRegistration({
        user_key: registration.userKey,
        client_id: registration.clientId,
        challenge: registration.challenge,
        expires_at: registration.expiresAt,
      }),
    );
  }

  async findRegistration(userKey: UserKey): Promise<WebAuthnRegistration | null> {
    const row = await first(this.#session.read(this.#statements.findRegistration({ userKey })));
    return (
      row && {
        userKey: row.user_key as UserKey,
        clientId: row.client_id,
        challenge: row.challenge,
        expiresAt: row.expires_at as Instant,
      }
    );
  }

  async consumeRegistration(userKey: UserKey, challenge: string): Promise<boolean> {
    const { rows } = await this.#session.write(this.#statements.consumeRegistration({ userKey, challenge }));
    return rows.length === 1;
  }
}
