import type { Topics } from "../../shared/google/topics.ts";
import type { ObjectStore, StreamedStore } from "../../shared/ports/object-store.ts";
import type { Warehouse } from "../../shared/ports/warehouse.ts";

/** The state of a deployment, on this machine or in the cloud, to look at and to publish to. */
export interface Connection {
  readonly control: ObjectStore;
  readonly landing: StreamedStore;
  readonly warehouse: Warehouse;
  readonly topics: Topics;
  /** Functions are at work on it: another process of this machine, or those of the cloud. This one only looks at it. */
  readonly isRunning: boolean;
  /** The project in the cloud; left out for a state folder of this machine. */
  readonly project?: string;
  close(): Promise<void>;
}

/** A command as a person would type it for this deployment. */
export function commandFor(command: string, { project }: Pick<Connection, "project">): string {
  return project === undefined ? command : `${command} --project ${project}`;
}
