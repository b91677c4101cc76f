import { defineConfig } from "rolldown";

/**
 * `dist/cognate.js` and the parts it loads when they are needed (PostgreSQL, SMTP, passkeys), for Node 24 and newer: what is not
 * used costs neither start-up nor memory. Only what is compiled for one machine stays outside: the addons for argon2id and bcrypt, and pg's optional
 * native binding, which is not installed.
 */
export default defineConfig({
  input: { cognate: "src/main.ts" },
  platform: "node",
  external: ["@node-rs/argon2", "@node-rs/bcrypt", "pg-native"],
  transform: { target: "node24" },
  output: {
    dir: "dist",
    format: "esm",
    codeSplitting: true,
    cleanDir: true,
    // Names of classes are read in error answers and logs, so nothing is renamed.
    minify: false,
    comments: false,
  },
});
