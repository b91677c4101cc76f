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
  /** Rounds of twenty callers for each thing that may happen once. */
  readonly races: number;
  /** Rounds of five hundred wrong passwords at once. */
  readonly guessings: number;
  /** Seconds of guesses at one user's password. */
  readonly guessingSeconds: number;
  /** Guards of the sign-in that are taken away, to see that a test misses each. */
  readonly seededFaults: number;
  /** Whether all guards of production mode are taken away, or the few that the table marks. */
  readonly allProductionFaults: boolean;
  /** Calls for known and for unknown names each, for each way to tell them apart by time; 0: not on a machine that is busy. */
  readonly timings: number;
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
  /** Users of a pool that is copied to another server and back. */
  readonly copiedUsers: number;
  /** Users who are imported where the server admits 50 a second. */
  readonly limitedCreations: number;
  /** Users whose rows are migrated. */
  readonly migratedUsers: number;
  /** Changes of the primary under load. */
  readonly promotions: number;
  /** Seconds of sign-ins at five times what the server can do. */
  readonly overloadSeconds: number;
  /** Seconds of recorded histories. */
  readonly historySeconds: number;
  /** Seconds of load on a server of the version before and one of this. */
  readonly versionSeconds: number;
  /** Moments at which the power is cut, of one recorded run. */
  readonly powerCuts: number;
  /** Seconds of mixed load on one server, and expired rows of each kind that it begins with. */
  readonly soakSeconds: number;
  readonly expiredRows: number;
  /** Connections that send slowly. */
  readonly slowConnections: number;
}

/** Together at most twenty minutes on two cores, ten of them for the seeded faults. */
const SHORT: Sizes = {
  malformed: 100_000,
  mutations: 300,
  filters: 5_000,
  kills: 20,
  durableAnswers: 100,
  shutdowns: 4,
  intruders: 10,
  races: 30,
  guessings: 10,
  guessingSeconds: 60,
  seededFaults: 1_000,
  allProductionFaults: true,
  timings: 500,
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
  copiedUsers: 10_000,
  limitedCreations: 500,
  migratedUsers: 5_000,
  promotions: 1,
  overloadSeconds: 20,
  historySeconds: 60,
  versionSeconds: 60,
  powerCuts: 200,
  soakSeconds: 120,
  expiredRows: 50_000,
  slowConnections: 500,
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
  races: 200,
  guessings: 500,
  guessingSeconds: 60,
  seededFaults: 1_000,
  allProductionFaults: true,
  timings: 10_000,
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
  copiedUsers: 10_000,
  limitedCreations: 3_000,
  migratedUsers: 1_000_000,
  promotions: 20,
  overloadSeconds: 600,
  historySeconds: 300,
  versionSeconds: 600,
  powerCuts: 5_000,
  soakSeconds: 600,
  expiredRows: 250_000,
  slowConnections: 500,
};

/** Some eight minutes on two cores, for every change. */
const BRIEF: Sizes = {
  malformed: 20_000,
  mutations: 100,
  filters: 1_000,
  kills: 6,
  durableAnswers: 60,
  shutdowns: 2,
  intruders: 4,
  races: 3,
  guessings: 2,
  guessingSeconds: 10,
  seededFaults: 3,
  allProductionFaults: false,
  timings: 0,
  importedRows: 5_000,
  importKills: 1,
  fullDisks: 1,
  diskFaults: 1,
  nodeKills: 2,
  handovers: 1,
  withdrawals: 30,
  databaseStops: 1,
  blackHoles: 1,
  blackHoleMs: 6_000,
  faultyOperations: 200,
  failedRefreshes: 20,
  replays: 10,
  migrationKills: 3,
  copiedUsers: 1_000,
  limitedCreations: 200,
  migratedUsers: 2_000,
  promotions: 0,
  overloadSeconds: 8,
  historySeconds: 20,
  versionSeconds: 10,
  powerCuts: 60,
  soakSeconds: 45,
  expiredRows: 20_000,
  slowConnections: 200,
};

const SIZES: Readonly<Record<string, Sizes>> = { brief: BRIEF, short: SHORT, long: LONG };

/** `COGNATE_TEST_SIZE=long npm run test:long` for the large form, `brief` for that of .ci/run; the short one is the default. */
export const sizes: Sizes = SIZES[process.env.COGNATE_TEST_SIZE ?? "short"] ?? SHORT;
