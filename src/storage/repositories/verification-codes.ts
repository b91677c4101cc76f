import type { UserKey } from "../../domain/users/index.ts";
import type { CodePurpose, StoredCode, VerificationCodes } from "../../domain/verification/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { VerificationCodeTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

type CodeName = { userKey: number; purpose: string };

export function verificationCodeStatements({ db }: QueryBuilder) {
  return {
    put: prepared((p: Slots<VerificationCodeTable>) =>
      db
        .insertInto("verification_code")
        .values({
          user_key: p.user_key,
          purpose: p.purpose,
          digest: p.digest,
          attribute: p.attribute,
          target: p.target,
          wrong_tries: p.wrong_tries,
          expires_at: p.expires_at,
        })
        .onConflict((conflict) =>
          conflict.columns(["user_key", "purpose"]).doUpdateSet((eb) => ({
            digest: eb.ref("excluded.digest"),
            attribute: eb.ref("excluded.attribute"),
            target: eb.ref("excluded.target"),
            wrong_tries: eb.ref("excluded.wrong_tries"),
            expires_at: eb.ref("excluded.expires_at"),
          })),
        ),
    ),
    find: prepared((p: Slots<CodeName>) =>
      db
        .selectFrom("verification_code")
        .selectAll()
        .where("user_key", "=", p.userKey)
        .where("purpose", "=", p.purpose),
    ),
    consume: prepared((p: Slots<CodeName & { digest: Uint8Array }>) =>
      db
        .deleteFrom("verification_code")
        .where("user_key", "=", p.userKey)
        .where("purpose", "=", p.purpose)
        .where("digest", "=", p.digest)
        .returningAll(),
    ),
    reserveTry: prepared((p: Slots<CodeName & { limit: number }>) =>
      db
        .updateTable("verification_code")
        .set((eb) => ({ wrong_tries: eb("wrong_tries", "+", 1) }))
        .where("user_key", "=", p.userKey)
        .where("purpose", "=", p.purpose)
        .where("wrong_tries", "<", p.limit)
        .returningAll(),
    ),
    refundTry: prepared((p: Slots<CodeName & { digest: Uint8Array }>) =>
      db
        .updateTable("verification_code")
        .set((eb) => ({ wrong_tries: eb("wrong_tries", "-", 1) }))
        .where("user_key", "=", p.userKey)
        .where("purpose", "=", p.purpose)
        .where("digest", "=", p.digest)
        .where("wrong_tries", ">", 0),
    ),
    remove: prepared((p: Slots<CodeName>) =>
      db.deleteFrom("verification_code").where("user_key", "=", p.userKey).where("purpose", "=", p.purpose),
    ),
  };
}

const toCode = (row: VerificationCodeTable): StoredCode => ({
  userKey: row.user_key as UserKey,
  purpose: row.purpose as CodePurpose,
  digest: row.digest,
  attribute: row.attribute as StoredCode["attribute"],
  target: row.target,
  wrongTries: row.wrong_tries,
  expiresAt: row.expires_at as Instant,
});

export class VerificationCodeRepository implements VerificationCodes {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof verificationCodeStatements>;

  constructor(session: Session, statements: ReturnType<typeof verificationCodeStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async put(code: StoredCode): Promise<void> {
    await this.#session.write(
      this.#statements.put({
        user_key: code.userKey,
        purpose: code.purpose,
        digest: code.digest,
        attribute: code.attribute,
        target: code.target,
        wrong_tries: code.wrongTries,
        expires_at: code.expiresAt,
      }),
    );
  }

  async find(userKey: UserKey, purpose: CodePurpose): Promise<StoredCode | null> {
    const row = await first(this.#session.read(this.#statements.find({ userKey, purpose })));
    return row && toCode(row);
  }

  async consume(userKey: UserKey, purpose: CodePurpose, digest: Uint8Array): Promise<StoredCode | null> {
    const { rows } = await this.#session.write(this.#statements.consume({ userKey, purpose, digest }));
    return rows[0] ? toCode(rows[0]) : null;
  }

  async reserveTry(userKey: UserKey, purpose: CodePurpose, limit: number): Promise<StoredCode | null> {
    const { rows } = await this.#session.write(this.#statements.reserveTry({ userKey, purpose, limit }));
    return rows[0] ? toCode(rows[0]) : null;
  }

  async refundTry(userKey: UserKey, purpose: CodePurpose, digest: Uint8Array): Promise<void> {
    await this.#session.write(this.#statements.refundTry({ userKey, purpose, digest }));
  }

  async remove(userKey: UserKey, purpose: CodePurpose): Promise<void> {
    await this.#session.write(this.#statements.remove({ userKey, purpose }));
  }
}
