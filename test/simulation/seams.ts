import type { HttpClient } from "../../shared/connector/http.ts";
import type { Slots } from "../../shared/connector/slots.ts";
import type { load } from "../../shared/load/load.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import type { Fold } from "../fakes/fold.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

/** Where a test can plant a bug: it comes between a verb and a port, or takes the place of a verb. The code of the verbs stays as it is. */
export interface Seams {
  readonly control?: (store: ObjectStore, process: Process, world: World) => ObjectStore;
  readonly landing?: (store: ObjectStore, process: Process, world: World) => ObjectStore;
  readonly http?: (client: HttpClient) => HttpClient;
  readonly slots?: (slots: Slots) => Slots;
  readonly load?: (verb: typeof load) => typeof load;
  readonly fold?: Fold;
  readonly connector?: { readonly overlap: number };
}
