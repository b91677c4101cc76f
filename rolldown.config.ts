import { defineConfig } from "rolldown";

/**
 * `dist/cognate.js`: the whole server in one file, for Node 24 and newer. Only what is compiled for one machine stays outside: the
 * argon2id addon, and pg's optional native binding, which is not installed.
 */
export default defineConfig({
  input: { cognate: "src/main.ts" },
  platform: "node",
  external: ["@node-rs/argon2", "pg-native"],
  transform: { target: "node24" },
  output: {
    dir: "dist",
    format: "esm",
    codeSplitting: false,
    // Names of classes are read in error answers and logs, so nothing is renamed.
    minify: false,
    comments: false,
  },
});
