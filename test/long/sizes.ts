/** How much each long test does. */
export interface Sizes {
  /** Requests made from the model, each with faults that the model forbids. */
  readonly malformed: number;
  /** Requests that break the protocol rather than the API, of each kind that is drawn at random. */
  readonly mutations: number;
  /** Filters of ListUsers on each database. */
  readonly filters: number;
  readonly kills: number;
  readonly durableAnswers: number;
  readonly shutdowns: number;
  /** Second processes on one data directory. */
  readonly intruders: number;
  /** Rows of one CSV file. */
  readonly importedRows: number;
  /** Kills during one import, at least. */
  readonly importKills: number;
  /** Times that the disk is full and has room again. */
  readonly fullDisks: number;
  /** Times that each fault of the disk happens. */
  readonly diskFaults: number;
  /** Nodes killed in mid sign-in. */
  readonly nodeKills: number;
  /** Sign-ins of each kind that change nodes at every step. */
  readonly handovers: number;
  /** Refusals asked for on one node right after the other acknowledged a withdrawal. */
  readonly withdrawals: number;
  /** Times that the database is ended at once under load. */
  readonly databaseStops: number;
  /** Times that nothing of the database is heard, and for how long. */
  readonly blackHoles: number;
  readonly blackHoleMs: number;
  /** Operations with a share of faults in the database. */
  readonly faultyOperations: number;
  /** Refreshes whose commit fails. */
  readonly failedRefreshes: number;
  /** Old refresh tokens shown to restarted nodes. */
  readonly replays: number;
  readonly migrationKills: number;
  /** Users whose rows are migrated. */
  readonly migratedUsers: number;
  /** Changes of the primary under load. */
  readonly promotions: number;
}

/** Together at most ten minutes on two cores. */
const SHORT: Sizes = {
  malformed: 100_000,
  mutations: 300,
  filters: 5_000,
  kills: 20,
  durableAnswers: 100,
  shutdowns: 4,
  intruders: 10,
  importedRows: 20_000,
  importKills: 4,
  fullDisks: 3,
  diskFaults: 1,
  nodeKills: 6,
  handovers: 3,
  withdrawals: 150,
  databaseStops: 3,
  blackHoles: 1,
  blackHoleMs: 8_000,
  faultyOperations: 500,
  failedRefreshes: 50,
  replays: 50,
  migrationKills: 8,
  migratedUsers: 5_000,
  promotions: 1,
};

/** An hour or more. */
const LONG: Sizes = {
  malformed: 1_000_000,
  mutations: 20_000,
  filters: 500_000,
  kills: 1_000,
  durableAnswers: 10_000,
  shutdowns: 200,
  intruders: 500,
  importedRows: 500_000,
  importKills: 50,
  fullDisks: 200,
  diskFaults: 10,
  nodeKills: 1_000,
  handovers: 1_000,
  withdrawals: 100_000,
  databaseStops: 200,
  blackHoles: 100,
  blackHoleMs: 30_000,
  faultyOperations: 200_000,
  failedRefreshes: 5_000,
  replays: 5_000,
  migrationKills: 500,
  migratedUsers: 1_000_000,
  promotions: 20,
};

/** `COGNATE_TEST_SIZE=long npm run test:long` for the large form; the short one is the default. */
export const sizes: Sizes = process.env.COGNATE_TEST_SIZE === "long" ? LONG : SHORT;
