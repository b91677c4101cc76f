/** What a node tells the others once a second. */
export interface NodeReport {
  /** UUID of a running process. */
  readonly id: string;
  /** Changes with every report: a node whose beat stands still is gone, whatever any clock says. */
  readonly beat: number;
  /** Requests per second by the digest of a key; of the busiest keys only. */
  readonly demand: Readonly<Record<string, number>>;
}

/** The nodes that share a database, as they know of each other. */
export interface RateNodes {
  /** Puts the report in place of the node's last one. */
  report(report: NodeReport): Promise<void>;
  /** The last report of every node, by id. */
  list(): Promise<NodeReport[]>;
  remove(id: string): Promise<void>;
}
