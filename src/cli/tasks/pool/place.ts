import { type Connection, type ConnectionOptions, connect } from "../../connection/connection.ts";

/** A pool as a command names it: `[endpoint#]nameOrId`. */
export interface PoolPlace {
  readonly endpointUrl: string | undefined;
  readonly pool: string | undefined;
}

/** Where one of two pools is, as far as it was said. */
export interface SideOptions extends ConnectionOptions {
  readonly fromEndpointUrl?: string;
  readonly fromRegion?: string;
  readonly fromProfile?: string;
  readonly toEndpointUrl?: string;
  readonly toRegion?: string;
  readonly toProfile?: string;
}

const REGION_OF_ID = /^([a-z]{2}(?:-[a-z]+)+-\d+)_[0-9A-Za-z]+$/;

/** The part before the last `#` is an endpoint: names of pools have none. */
export function readPlace(text: string): PoolPlace {
  const at = text.lastIndexOf("#");
  const pool = text.slice(at + 1);
  return { endpointUrl: at > 0 ? text.slice(0, at) : undefined, pool: pool === "" ? undefined : pool };
}

/** Connects to where the pool is; an id tells the region. */
export function connectTo(place: PoolPlace, options: SideOptions, side: "from" | "to"): Promise<Connection> {
  const [endpointUrl, region, profile] =
    side === "from"
      ? [options.fromEndpointUrl, options.fromRegion, options.fromProfile]
      : [options.toEndpointUrl, options.toRegion, options.toProfile];
  return connect({
    endpointUrl: place.endpointUrl ?? endpointUrl ?? options.endpointUrl,
    region: region ?? options.region ?? REGION_OF_ID.exec(place.pool ?? "")?.[1],
    profile: profile ?? options.profile,
  });
}
