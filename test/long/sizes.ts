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
  /** Guards that are taken away, to see that a test misses each. */
  readonly seededFaults: number;
  /** Calls for known and for unknown names each, for each way to tell them apart by time; 0: not on a machine that is busy. */
  readonly timings: number;
  /** Rows of one CSV file. */
  readonly importedRows: number;
  /** Kills during one import, at least. */
  readonly importKills: number;
}

/** Together at most fifteen minutes on two cores, four of them for the seeded faults. */
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
  timings: 500,
  importedRows: 20_000,
  importKills: 4,
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
  timings: 10_000,
  importedRows: 500_000,
  importKills: 50,
};

/** Some five minutes on two cores, for every change. */
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
  timings: 0,
  importedRows: 5_000,
  importKills: 1,
};

const SIZES: Readonly<Record<string, Sizes>> = { brief: BRIEF, short: SHORT, long: LONG };

/** `COGNATE_TEST_SIZE=long npm run test:long` for the large form, `brief` for that of .ci/run; the short one is the default. */
export const sizes: Sizes = SIZES[process.env.COGNATE_TEST_SIZE ?? "short"] ?? SHORT;
