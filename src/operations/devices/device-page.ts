import type { DeviceType } from "../../api/generated/shapes.ts";
import { type DeviceOwner, devicesOf } from "../../domain/devices/index.ts";
import { page, pagePosition, pageSize, pageToken } from "../../domain/paging/page-token.ts";
import type { OperationContext } from "../operation.ts";
import { type DeviceViewer, deviceType } from "../wire/device-type.ts";

/** A page of a user's devices; a page token is good for this user and this kind of viewer only. */
export async function devicePage(
  { services }: OperationContext,
  owner: DeviceOwner,
  viewer: DeviceViewer,
  input: { readonly Limit?: number | undefined; readonly PaginationToken?: string | undefined },
): Promise<{ Devices: DeviceType[]; PaginationToken?: string }> {
  const scope = ["ListDevices", viewer, owner.user.key];
  const limit = pageSize(input.Limit);
  const afterKey = pagePosition<number>(services, scope, input.PaginationToken);
  const { items, last } = page(await devicesOf(services, owner, { afterKey, limit: limit + 1 }), limit);
  return {
    Devices: items.map((device) => deviceType(owner, device, viewer)),
    ...(last ? { PaginationToken: pageToken(services, scope, last.key) } : {}),
  };
}
