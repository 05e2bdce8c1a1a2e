import { Command, Option } from "commander";
import { findDelivery } from "../../shared/config/sources.ts";
import type { Planned } from "../../shared/deliver/dry-run.ts";
import { retryableStatuses } from "../../shared/messages/deliver.ts";
import { exitCodeOf, readResult, resultText } from "../deployment/deliveries.ts";
import { exitCodes } from "../exit.ts";
import { runningAddresses } from "../local/connect.ts";
import { planDelivery } from "../local/dry-run.ts";
import { openHome } from "../local/home.ts";
import { startHost } from "../local/host.ts";
import { Outcome } from "../local/outcome.ts";
import { offerSandboxSecret } from "../local/sandbox-secret.ts";
import { readConfiguration } from "../local/targets.ts";
import { listOf } from "../options.ts";
import { Progress } from "../output/progress.ts";
import { table, toJson } from "../output/rows.ts";
import { choosesDeployment, type DeploymentOptions, deploymentSources, withDeployment } from "./deployment.ts";

interface DeliverOptions extends DeploymentOptions {
  readonly sources?: string;
  readonly dryRun: boolean;
  readonly retry?: string[];
  readonly json: boolean;
}

/** `rollcall deliver` */
export function deliverCommand(setExitCode: (code: number) => void): Command {
  return choosesDeployment(new Command("deliver"))
    .description("Send what a delivery's models have and its target has not, or show what would be sent")
    .argument("<delivery>", "id of the delivery in the sources file")
    .option("--sources <file>", "sources file (default: sources.yaml)")
    .option("--dry-run", "count what would be created, changed and refused; nothing is sent", false)
    .addOption(
      new Option(
        "--retry <outcome>",
        "send records with this outcome again, though they have not changed; may be repeated",
      )
        .choices(retryableStatuses)
        .argParser(listOf(String)),
    )
    .option("--json", "print the result as JSON", false)
    .addHelpText(
      "after",
      "\nExit codes: 0 the target has every payload, 3 it has some, 1 the run failed or nothing was taken, 2 wrong options or files.\n" +
        "With --project the function of that project sends; a dry run reads the target with the credentials on this machine.",
    )
    .action(async (id: string, options: DeliverOptions) => {
      const file = deploymentSources(options.sources, options);
      const configuration = readConfiguration(file);
      findDelivery(configuration.sources, id);
      offerSandboxSecret();
      if (options.dryRun) {
        const planned = await withDeployment(options, (connection) => planDelivery(id, connection, configuration));
        process.stdout.write(`${options.json ? toJson(planned.map(asJson), 2) : planText(planned)}\n`);
        return;
      }
      if (options.project !== undefined || runningAddresses(openHome())) return publishOnly(id, options);
      setExitCode(await deliverHere(id, file, options));
    });
}

function asJson({ reasons, ...counts }: Planned) {
  return { ...counts, reasons: Object.fromEntries(reasons) };
}

function planText(planned: readonly Planned[]): string {
  const rows = planned.map(({ resource, reasons: _, ...counts }) => ({ resource, ...counts }));
  const reasons = planned.flatMap(({ resource, reasons: why }) =>
    [...why].map(([reason, count]) => `  ${count} × ${resource} ${reason}`),
  );
  return [table(rows), ...(reasons.length > 0 ? ["Not sent:", ...reasons] : [])].join("\n");
}

const messageOf = (id: string, { retry }: DeliverOptions) => ({ v: 1, delivery: id, ...(retry ? { retry } : {}) });

/** Publishes where functions are at work. */
function publishOnly(id: string, options: DeliverOptions): Promise<void> {
  return withDeployment(options, async ({ topics }) => {
    const messageId = await topics.topic("deliver").publish(messageOf(id, options));
    const published = { delivery: id, message_id: messageId };
    process.stdout.write(options.json ? `${JSON.stringify(published)}\n` : `Published ${id} as message ${messageId}\n`);
  });
}

/** Delivers in this process, to the end. @returns the exit code */
async function deliverHere(id: string, sourcesFile: string, options: DeliverOptions): Promise<number> {
  const home = openHome();
  const outcome = new Outcome();
  const progress = new Progress(outcome, home.logFile);
  progress.start();
  const host = await startHost({ home, sourcesFile, onLog: progress.take, onPrint: progress.keep });
  try {
    await host.topics.topic("deliver").publish(messageOf(id, options));
    await host.whenIdle();
    progress.stop();
    const result = await readResult(host.control, id);
    if (outcome.failures.length > 0 || !result) {
      for (const { what, error } of outcome.failures) process.stderr.write(`${what}: ${error}\n`);
      return exitCodes.failed;
    }
    process.stdout.write(`${options.json ? toJson(result, 2) : resultText(result)}\n`);
    return exitCodeOf(result);
  } finally {
    progress.stop();
    await host.close();
  }
}
