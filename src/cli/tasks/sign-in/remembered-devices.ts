import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stateDirectory } from "../../../config/environment.ts";

/** What a device proves itself with: as good as a second factor, so that the file is its owner's alone. */
export interface RememberedDevice {
  readonly deviceKey: string;
  readonly deviceGroupKey: string;
  readonly password: string;
}

/** Whose device it is. */
export interface DeviceOwner {
  readonly endpoint: URL;
  readonly userPoolId: string;
  readonly username: string;
}

type Devices = Record<string, RememberedDevice>;

const fileName = (): string => join(stateDirectory(), "devices.json");
const nameOf = ({ endpoint, userPoolId, username }: DeviceOwner): string =>
  `${endpoint.origin} ${userPoolId} ${username}`;

function read(): Devices {
  try {
    return JSON.parse(readFileSync(fileName(), "utf8")) as Devices;
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new Error(`${fileName()} cannot be read: ${(fault as Error).message}`);
  }
}

/** Whole or not at all, and never readable by others. */
function write(devices: Devices): void {
  const file = fileName();
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(devices, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(fresh, file);
}

export const rememberedDevice = (owner: DeviceOwner): RememberedDevice | null =>
  read()[nameOf(owner)] ?? null;

/** @returns the file that it is in */
export function rememberDevice(owner: DeviceOwner, device: RememberedDevice): string {
  write({ ...read(), [nameOf(owner)]: device });
  return fileName();
}

export function forgetDevice(owner: DeviceOwner): void {
  const { [nameOf(owner)]: _, ...others } = read();
  write(others);
}
