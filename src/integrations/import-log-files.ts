import { constants } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import path from "node:path";
import type { ImportLog, ImportLogPlace } from "../domain/user-imports/index.ts";

/**
 * A name as one part of a path. Names of pools and jobs may hold white space and dots, and dots alone mean something else in a path.
 */
const pathPart = (name: string): string =>
  name
    .replace(/[^\w .+=,@-]/gu, (character) => encodeURIComponent(character))
    .replace(/^\.+$/, (dots) => dots.replaceAll(".", "%2E"));

/**
 * The results of imports in files, one per job, in the places that Cognito's have in CloudWatch Logs: the log group
 * `/aws/cognito/userpools/<poolId>/<poolName>`, and in it the stream `<jobId>/<jobName>`.
 * @param directory made when it is needed; nodes that share a database are to share it
 */
export function importLogFiles(directory: string): ImportLog {
  const fileOf = ({ userPoolId, userPoolName, jobId, jobName }: ImportLogPlace): string =>
    path.join(
      directory,
      "aws/cognito/userpools",
      ...[userPoolId, userPoolName, jobId, `${jobName}.log`].map(pathPart),
    );
  return {
    async write(place, position, text) {
      const file = fileOf(place);
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      // Written at a place, not at the end: the same lines may come again after a crash.
      const writing = await open(file, constants.O_RDWR | constants.O_CREAT, 0o600);
      try {
        const { size } = await writing.stat();
        // What another node wrote may be in its own directory only.
        const start = Math.min(size, position);
        await writing.truncate(start);
        const { bytesWritten } = await writing.write(text, start, "utf8");
        return bytesWritten;
      } finally {
        await writing.close();
      }
    },
  };
}
