import type { Connector } from "../../shared/config/connector.ts";
import type { Sources } from "../../shared/config/sources.ts";
import type { HttpAnswer, HttpRequest } from "../../shared/connector/http.ts";
import type { Place } from "../../shared/control/place.ts";
import type { Manifest } from "../../shared/manifest.ts";
import type { Model } from "../../shared/refresh/model.ts";
import type { RawRow } from "../fakes/fold.ts";
import { edfiKind } from "./edfi.ts";
import type { Luck } from "./luck.ts";
import { registerKind } from "./register.ts";
import type { Seams } from "./seams.ts";

/** A source as a world sees it: it changes, and tells how what was brought of it differs from it. */
export interface SimulatedSource {
  /** The newest change version; 0 where there are none. */
  readonly newest: number;
  /** Shares of the rows that a source which is cut off still shows; all of them when it is well. */
  shown: number;
  /** Nothing changes any more. */
  isStill: boolean;
  /** Changes something. @returns what, for people, and how to end a transaction that stays open */
  change(mayStayOpen: boolean): { readonly what: string; readonly end?: () => void };
  /** Ends a transaction, if one is open. */
  endOne(): void;
  settle(): void;
  backUp(): void;
  restore(below: number): boolean;
  /** What is wrong with the current rows of an endpoint, when all has come to rest. */
  differences(endpoint: string, current: readonly RawRow[]): readonly string[];
  /** What is wrong with the rows that a succeeded full run brought. */
  faultsOf?(manifest: Manifest, rows: readonly RawRow[]): readonly string[];
}

export interface SimulatedApi {
  answer(request: HttpRequest): HttpAnswer;
  /** An answer that says with status 200 that something is wrong; undefined where the API has none. */
  errorPage?(): HttpAnswer;
  revokeTokens(): void;
}

/** What a world is about: a source, and what of Rollcall is configured for it. */
export interface Subject {
  readonly connector: Connector;
  readonly places: readonly Place[];
  readonly models: readonly Model[];
  /** A model that is built anew by force now and then. */
  readonly forced: string;
  readonly source: SimulatedSource;
  readonly api: SimulatedApi;
  readonly sources: Sources;
}

export interface SubjectPorts {
  readonly luck: Luck;
  readonly seams: Seams;
  readonly now: () => number;
  /** Called right before rows are seen whose change version is older than others that were seen. */
  readonly onLateCommit: () => void;
}

export type Kind = "edfi" | "register";

/** Kinds of sources: one that tells what changes, and one that gives all it has each time. */
export const kinds: Readonly<Record<Kind, (ports: SubjectPorts) => Subject>> = {
  edfi: edfiKind,
  register: registerKind,
};
