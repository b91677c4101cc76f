import type { PoolKey, SigningCertificate, SigningCertificates } from "../../domain/user-pools/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { SigningCertificateTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

export function signingCertificateStatements({ db }: QueryBuilder) {
  return {
    find: prepared((p: Slots<{ poolKey: number }>) =>
      db.selectFrom("signing_certificate").selectAll().where("pool_key", "=", p.poolKey),
    ),
    insert: prepared((p: Slots<SigningCertificateTable>) =>
      db.insertInto("signing_certificate").values({
        pool_key: p.pool_key,
        certificate: p.certificate,
        sealed_private_key: p.sealed_private_key,
        created_at: p.created_at,
      }),
    ),
  };
}

export class SigningCertificateRepository implements SigningCertificates {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof signingCertificateStatements>;

  constructor(session: Session, statements: ReturnType<typeof signingCertificateStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async find(poolKey: PoolKey): Promise<SigningCertificate | null> {
    const row = await first(this.#session.read(this.#statements.find({ poolKey })));
    return (
      row && {
        poolKey: row.pool_key as PoolKey,
        certificate: row.certificate,
        sealedPrivateKey: row.sealed_private_key,
        createdAt: row.created_at as Instant,
      }
    );
  }

  async insert(certificate: SigningCertificate): Promise<void> {
    await this.#session.write(
      this.#statements.insert({
        pool_key: certificate.poolKey,
        certificate: certificate.certificate,
        sealed_private_key: certificate.sealedPrivateKey,
        created_at: certificate.createdAt,
      }),
    );
  }
}
