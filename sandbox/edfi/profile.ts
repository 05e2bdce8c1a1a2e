import type { Reply } from "../http/reply.ts";
import type { OrdinalRange } from "./page-token.ts";
import type { Problem } from "./problems.ts";
import type { Routes } from "./routes.ts";

export type ProfileName = "ods-5.3" | "ods-6.1" | "ods-7.1" | "ods-7.3" | "dms-8";

/**
 * How one version of the API behaves where versions differ. Every version is an object of this type; the handlers ask the profile and never
 * the version. A profile is about the protocol: which resources there are and what a record holds is the data's own.
 */
export interface Profile {
  readonly name: ProfileName;
  /** What the discovery document says of the version, in its order, before the data models. */
  readonly identity: Readonly<Record<string, string>>;
  /** Whether the discovery document names the URL mode, as servers before 7.0 do. */
  readonly tellsMode: boolean;
  /** Where things lie, and what the discovery document says about it. */
  readonly routes: Routes;
  /** The Ed-Fi data model it says it has, for the data standard of the data. */
  dataModelVersion(standard: number): string;
  /** The shape of errors. */
  error(problem: Problem): Reply;
  readonly paging: PagingRules;
  readonly changes: ChangeRules;
  /** How a request asks for the frozen data: by the name of a snapshot, by a flag, or not at all. */
  readonly snapshots: "identifier" | "header" | "ignored";
  readonly tokens: TokenRules;
  /** Whether the dependencies document comes in order; ODS/API 6.1 leaves the sorting to its readers. */
  readonly sortedDependencies: boolean;
  /** Whether a resource may be written in any case in a path. */
  readonly pathsInAnyCase: boolean;
  /** POST refuses an `id` in any casing, and PUT wants the one of the path in the body. */
  readonly strictIds: boolean;
  /** The version of OpenAPI that its metadata are written in, and where they lie beside the dependencies. */
  readonly openApi: { readonly version: 2 | 3; path(document: string): string };
}

/** How collections are cut into pages. */
export interface PagingRules {
  /** The page size when a request names none. */
  defaultLimit(maxPageSize: number): number;
  /** By natural key, or in the order in which rows were added. */
  readonly order: "key" | "added";
  /** What is said of a limit that is too large or negative. */
  badLimit(maxPageSize: number): string;
  /** How page tokens work; undefined for a version without them. */
  readonly cursor: CursorRules | undefined;
}

export interface CursorRules {
  encode(range: OrdinalRange): string;
  /** The rows that a token means; undefined for a text that is no token. */
  decode(token: string): OrdinalRange | undefined;
  /** What stands for a row that went between the choice of a page's rows and their reading. */
  readonly hole: "null" | "nothing";
  /** A plain page below a `maxChangeVersion` comes in the order of versions and has no token: it looks like the last one. */
  readonly boundedPagesByVersion: boolean;
  /** Whether `/partitions` refuses parameters of paging instead of overlooking them. */
  readonly partitionsRefusePaging: boolean;
}

/** How changes are told. */
export interface ChangeRules {
  /** The two names in `availableChangeVersions`. */
  readonly oldest: string;
  readonly newest: string;
  /** Names of a line of `/deletes`; without `keyValues` it says no more than id and version. */
  readonly id: string;
  readonly version: string;
  readonly keyValues: string | undefined;
  /** Ids of deleted records with hyphens, unlike those in the collection. */
  readonly hyphens: boolean;
  readonly keyChanges: boolean;
  /** Whether the feeds check `limit` and know `totalCount`. */
  readonly feedsLikeCollections: boolean;
  /** Whether `/deletes` leaves out what exists again under its natural key: nothing, all but descriptors (a gap of the ODS), or everything. */
  readonly hidesRecreated: "nothing" | "all but descriptors" | "everything";
  /** Whether records that refer to a changed key take a change version of their own. */
  readonly cascadeTakesVersions: boolean;
  /** A window whose end lies before its begin is an error, and not just empty. */
  readonly refusesReversedWindow: boolean;
}

export interface TokenRules {
  /** Live tokens per client; undefined for no limit. */
  readonly limit: number | undefined;
  /** How `token_type` is written. */
  readonly type: "bearer" | "Bearer";
  make(): string;
}
