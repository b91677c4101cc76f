import type { Device, DeviceSighting, DeviceStatus, Devices } from "../../domain/devices/index.ts";
import type { UserKey } from "../../domain/users/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { DeviceTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

export function deviceStatements({ db }: QueryBuilder) {
  return {
    insert: prepared((p: Slots<DeviceTable>) =>
      db
        .insertInto("device")
        .values({
          key: p.key,
          user_key: p.user_key,
          device_key: p.device_key,
          group_key: p.group_key,
          name: p.name,
          status: p.status,
          sealed_secret: p.sealed_secret,
          last_ip: p.last_ip,
          created_at: p.created_at,
          modified_at: p.modified_at,
          last_authenticated_at: p.last_authenticated_at,
        })
        .onConflict((conflict) => conflict.columns(["user_key", "device_key"]).doNothing()),
    ),
    find: prepared((p: Slots<{ userKey: number; deviceKey: string }>) =>
      db
        .selectFrom("device")
        .selectAll()
        .where("user_key", "=", p.userKey)
        .where("device_key", "=", p.deviceKey),
    ),
    list: prepared((p: Slots<{ userKey: number; afterKey: number; limit: number }>) =>
      db
        .selectFrom("device")
        .selectAll()
        .where("user_key", "=", p.userKey)
        .where("key", ">", p.afterKey)
        .orderBy("key")
        .limit(p.limit),
    ),
    setStatus: prepared((p: Slots<{ userKey: number; deviceKey: string; status: string; at: number }>) =>
      db
        .updateTable("device")
        .set({ status: p.status, modified_at: p.at })
        .where("user_key", "=", p.userKey)
        .where("device_key", "=", p.deviceKey),
    ),
    seen: prepared((p: Slots<{ userKey: number; deviceKey: string; at: number; ip: string | null }>) =>
      db
        .updateTable("device")
        .set({ last_authenticated_at: p.at, last_ip: p.ip })
        .where("user_key", "=", p.userKey)
        .where("device_key", "=", p.deviceKey),
    ),
    remove: prepared((p: Slots<{ userKey: number; deviceKey: string }>) =>
      db.deleteFrom("device").where("user_key", "=", p.userKey).where("device_key", "=", p.deviceKey),
    ),
  };
}

const toDevice = (row: DeviceTable): Device => ({
  key: row.key,
  userKey: row.user_key as UserKey,
  deviceKey: row.device_key,
  groupKey: row.group_key,
  name: row.name,
  status: row.status as DeviceStatus,
  sealedSecret: row.sealed_secret,
  lastIp: row.last_ip,
  createdAt: row.created_at as Instant,
  modifiedAt: row.modified_at as Instant,
  lastAuthenticatedAt: row.last_authenticated_at as Instant,
});

export class DeviceRepository implements Devices {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof deviceStatements>;

  constructor(session: Session, statements: ReturnType<typeof deviceStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async insert(device: Device): Promise<boolean> {
    const { changed } = await this.#session.write(
      this.#statements.insert({
        key: device.key,
        user_key: device.userKey,
        device_key: device.deviceKey,
        group_key: device.groupKey,
        name: device.name,
        status: device.status,
        sealed_secret: device.sealedSecret,
        last_ip: device.lastIp,
        created_at: device.createdAt,
        modified_at: device.modifiedAt,
        last_authenticated_at: device.lastAuthenticatedAt,
      }),
    );
    return changed > 0;
  }

  async find(userKey: UserKey, deviceKey: string): Promise<Device | null> {
    const row = await first(this.#session.read(this.#statements.find({ userKey, deviceKey })));
    return row && toDevice(row);
  }

  async list(userKey: UserKey, page: { afterKey: number | null; limit: number }): Promise<Device[]> {
    const { afterKey, limit } = page;
    const rows = await this.#session.read(
      this.#statements.list({ userKey, afterKey: afterKey ?? -1, limit }),
    );
    return rows.map(toDevice);
  }

  async setStatus(userKey: UserKey, deviceKey: string, status: DeviceStatus, at: Instant): Promise<boolean> {
    const { changed } = await this.#session.write(
      this.#statements.setStatus({ userKey, deviceKey, status, at }),
    );
    return changed > 0;
  }

  async seen(userKey: UserKey, deviceKey: string, { at, ip }: DeviceSighting): Promise<void> {
    await this.#session.write(this.#statements.seen({ userKey, deviceKey, at, ip }));
  }

  async remove(userKey: UserKey, deviceKey: string): Promise<boolean> {
    const { changed } = await this.#session.write(this.#statements.remove({ userKey, deviceKey }));
    return changed > 0;
  }
}
