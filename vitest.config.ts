import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // One for each core: the tests wait for servers and databases more than they compute.
    maxWorkers: "100%",
    projects: [
      {
        test: {
          name: "default",
          include: ["test/**/*.test.ts"],
          exclude: ["test/long/**", "test/command-line/**"],
          globalSetup: ["test/support/global-setup.ts"],
          setupFiles: ["test/support/watch-answers.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          pool: "forks",
        },
      },
      {
        test: {
          name: "command-line",
          include: ["test/command-line/**/*.test.ts"],
          globalSetup: ["test/support/global-setup.ts"],
          setupFiles: ["test/support/watch-answers.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          pool: "forks",
        },
      },
      {
        test: {
          name: "long",
          include: ["test/long/**/*.test.ts"],
          globalSetup: ["test/support/global-setup.ts"],
          setupFiles: ["test/support/watch-answers.ts"],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          pool: "forks",
          fileParallelism: false,
        },
      },
    ],
  },
});
