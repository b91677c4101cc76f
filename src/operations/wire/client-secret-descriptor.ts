import type { ClientSecretDescriptorType } from "../../api/generated/shapes.ts";
import type { StoredClientSecret } from "../../domain/clients/index.ts";
import { timestamp } from "./timestamp.ts";

/** Without the value. */
export const clientSecretDescriptor = ({
  id,
  createdAt,
}: StoredClientSecret): ClientSecretDescriptorType => ({
  ClientSecretId: id,
  ClientSecretCreateDate: timestamp(createdAt),
});
