#!/usr/bin/env node
const OLDEST_NODE = 24;

const major = Number(process.versions.node.split(".")[0]);
if (major < OLDEST_NODE) {
  process.stderr.write(
    `cognate needs Node.js ${OLDEST_NODE} or newer; this is ${process.version}. In a checkout, "npm install" brings one: use "npm start".\n`,
  );
  process.exit(1);
}

const { enableCompileCache } = await import("node:module");
enableCompileCache();
const words = process.argv.slice(2);
// The AWS CLI's commands start in a tenth of the time without everything else that this program can do.
const isAwsCommand =
  words.some((word) => word === "cognito-idp" || word === "sts") &&
  /^(--|cognito-idp$|sts$)/.test(words[0] ?? "");
const { run } = isAwsCommand ? await import("./cli/aws-commands/run.ts") : await import("./cli/cli.ts");
const status = await run(words);
if (status !== 0) process.exit(status);
