import { execFileSync } from "node:child_process";

function findBoto3(): string | null {
  try {
    execFileSync("python3", ["-c", "import boto3"], { stdio: "ignore" });
    return null;
  } catch {
    return "python3 with boto3 is not installed";
  }
}

/** Why the tests with boto3 cannot run here; null when they can. */
export const boto3Missing: string | null = findBoto3();
