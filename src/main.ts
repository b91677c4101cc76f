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
const { run } = await import("./cli/cli.ts");
const status = await run(process.argv.slice(2));
if (status !== 0) process.exit(status);
