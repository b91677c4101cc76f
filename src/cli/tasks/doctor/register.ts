import type { Command } from "commander";
import { withConnection } from "../../connection/task.ts";
import type { DoctorOptions } from "./doctor.ts";

/** `cognate doctor`. */
export function addDoctor(program: Command, report: (status: number) => void): void {
  withConnection(
    program
      .command("doctor")
      .description(
        "look for what is wrong: endpoint, clock, credentials, region, pool, permissions; changes nothing",
      )
      .option("--pool <name-or-id>", "the user pool that the calls are about")
      .option("--action <names...>", "actions that must be allowed, such as AdminSetUserPassword")
      .option("--json", "the findings as JSON"),
  ).action(async (options: DoctorOptions) => {
    report(await (await import("./doctor.ts")).doctor(options));
  });
}
