import type { Blueprint, Mapping } from './catalog';
import type { Service, TargetSpec } from './connection';
import type { Component, ConnectorDeps, IntegrationConnector } from './connector';
import type { Context } from './context';
import type { HttpSpec } from './http';
import type { Key, Position, Version } from './key';
import type { ListenContext } from './listen';
import type { Live } from './live';
import type { Secret } from './secret';
import type { SettingsOf, SettingsSpec } from './settings';

/** What `get` answers when the thing is not there. */
export const ABSENT: unique symbol = Symbol('ABSENT');
export type Absent = typeof ABSENT;

/** One independent, separately resumable part of a scan. */
export interface Partition {
  /** Unique in its kind; stable between runs. */
  readonly name: string;
  /** What the scan needs to know about it. */
  readonly data?: Position;
}
export interface ScanContext<TSettings> extends Context<TSettings> {
  readonly partition: Partition;
  /** Members beside `query` of the resource's selector. Resources whose selectors differ are partitions of one generation. */
  readonly selector: Readonly<Record<string, unknown>>;
}
export interface PlanContext<TSettings> extends Context<TSettings> {
  /** Stored rows (not gone) of a kind of this entry that `after` names. */
  stored<TRow>(kind: string): AsyncIterable<TRow>;
  readonly selector: Readonly<Record<string, unknown>>;
}

export interface MemberContext<TSettings> extends Context<TSettings> {
  /** One for each resource of the mapping that names the kind: its selector's members beside `query`. Absent when the mapping is not known. */
  readonly selectors?: readonly Readonly<Record<string, unknown>>[];
}

export interface Page<TRow> {
  readonly rows: readonly TRow[];
  /** Where to go on; undefined ends the partition. */
  readonly next: Position | undefined;
  /** Set when the source withheld rows (cap reached, truncated children). The partition then cannot prove absence. */
  readonly incomplete?: string;
}

/** What is known of a thing before it is read: its key, the row we hold (else the one an event gave), where an event said to look. */
export interface Reference<TRow> {
  readonly key: string;
  readonly row?: TRow;
  readonly locate?: Position;
}

/** One family of rows, for example pull requests. */
export interface Kind<TSettings, TRow> {
  readonly name: string;
  /** Stable identity at the source: the members of the canonical id, in order. Two rows with one key are the same thing. */
  key(row: TRow): Key;
  /** Names of the members of `key`, in order, without dots: what pipelines call them. Needed where the key has several members. Default: `id`. */
  readonly keys?: readonly string[];
  /** First word of the canonical id, where it is not the type of the integration: `aws` of `aws.s3`. */
  readonly vendor?: string;
  /** Do entries with declared pipelines read it? Default true. */
  readonly imported?: boolean;
  /** Orders two states of one key, by one clock for pages and events. Omit if the source has nothing trustworthy: the store then orders by read time. */
  version?(row: TRow): Version | undefined;
  /** What declared pipelines read for a row that no delivery brought. Pure. Default: the row itself. */
  envelope?(row: TRow): unknown;
  /** Name of the event that such an envelope stands for. Default: the kind's name. */
  readonly importType?: string | ((row: TRow) => string);
  /** Does an insert or delete during the scan move rows between pages? Decides how absence is proven. Needed with `scan`. */
  readonly paging?: 'stable' | 'drifting';
  /** How far the source's list trails its writes, in milliseconds. Default 0. */
  readonly lagMs?: number;
  /** Kinds that must be complete before this one is planned; they are read too whenever this one is. */
  readonly after?: readonly string[];
  /** May this entry list the kind? False without an account, for example. Default: true when `scan` is there. */
  listed?(settings: TSettings): boolean;
  /**
   * `decide`: this kind can be listed, but its events share no version with its rows; they decide together (truth `mixed`).
   * `ask`: where this kind is listed, its events only ask, because payloads do not hold the row's shape, or `member` calls the source. Without it `member` must be pure.
   */
  readonly claims?: 'decide' | 'ask';
  /** Names of selector members beside `query` that its scan understands; another one is reported. */
  readonly selectors?: readonly string[];
  /** Independent, separately resumable parts of a scan. Omit for a single part. */
  partitions?(context: PlanContext<TSettings>): AsyncIterable<Partition>;
  /**
   * Name of the partition that lists the row. Pure. Where partitions are made from rows of another kind, and one of those goes or changes, what is in its partition is asked
   * about; a row that no page has shown yet is known to be in it by this. Without it every such row is asked about.
   */
  partitionOf?(row: TRow): string;
  /**
   * Yields every row of one partition, page by page, from `position` (undefined = the beginning).
   * The runtime stores a page, then its `next`, then asks for another: a page that was yielded and
   * followed by a pull is durable. Do not read ahead. Throw SourceError to say what should happen.
   * Omitted: the kind is told, its events decide.
   */
  scan?(context: ScanContext<TSettings>, position: Position | undefined): AsyncIterable<Page<TRow>>;
  /** Rows changed since `position`. Never used to conclude that something is gone. */
  changes?(context: ScanContext<TSettings>, position: Position | undefined): AsyncIterable<Page<TRow>>;
  /** The current state of one thing, or ABSENT (a row with another key counts as ABSENT). Enables refetch on events and proof of absence. */
  get?(context: Context<TSettings>, at: Reference<TRow>): Promise<TRow | Absent>;
  /** Exists, but do we still select it? False is stored as gone. Needed when `scan` filters ("open only"). */
  member?(context: MemberContext<TSettings>, row: TRow): boolean | Promise<boolean>;
}

/** A kind of any settings and rows: kinds of one integration are heterogeneous, and only the runtime, which never looks inside a row, holds them together. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the one sanctioned any: a row type cannot be named here
export type AnyKind<TSettings> = Kind<TSettings, any>;

/** Recommended defaults of an integration. */
export interface Schedule {
  /** A duration, such as `60m`. */
  readonly every?: string;
  /** Does its connector listen by `engage`? Default false. */
  readonly engage?: boolean;
}

/** The webhook of an entry, as its vendor has to know it. */
export interface WebhookAddress {
  /** By PUBLIC_URL. */
  readonly url: string;
  /** Without host, with SERVICE_PREFIX: for an integration whose settings name the host. */
  readonly path: string;
  /** What the vendor proves itself with: of several secrets the first. Absent: the route is open. */
  readonly authentication?: { readonly username?: string; readonly secret: Secret };
}

export interface CheckReport {
  readonly ok: boolean;
  /** One line for each thing that was looked at. */
  readonly lines: readonly string[];
}

/** Everything the runtime knows about one source system; what defineIntegration returns. */
export interface Integration<TSettings = unknown, TService extends Service = Service> {
  /** Folder name; lower case. */
  readonly type: string;
  readonly version: string;
  readonly title: string;
  readonly description: string;
  readonly settings: SettingsSpec;
  /**
   * Rules that one setting alone cannot tell; gives one sentence for each problem, with what to do. Pure. `connects`: the entry has `connection`, `endpoints` or
   * `targets`, so its connector runs; then an address need not stand in the settings.
   */
  validate?(settings: TSettings, entry?: { readonly connects: boolean }): readonly string[];
  /** The source's HTTP client, when it has one. */
  http?(settings: TSettings): HttpSpec;
  readonly kinds?: readonly AnyKind<TSettings>[];
  /** How its pushed events are verified and read. Omitted: it takes none. */
  readonly live?: Live<TSettings>;
  /**
   * Listens to a source that does not call us (a queue, a poll) until the signal aborts. What it throws is told, and it is begun again with backoff. What it delivers
   * is read by `live`. On abort: hand back what is not stored, close, return.
   */
  listen?(context: ListenContext<TSettings>): Promise<void>;
  /** Makes sure that the vendor calls us, where it can be told so: runs at the start of an entry that opens a webhook, and again with backoff when it throws. */
  subscribe?(context: Context<TSettings>, webhook: WebhookAddress): Promise<void>;
  /** Default of the instance name inside canonical ids, such as the host of a server that a company runs itself. Default: none. */
  scope?(settings: TSettings): string;
  /** Default blueprints. Omitted: the files of `blueprints/` in its folder. */
  readonly blueprints?: readonly Blueprint[];
  /** Default mapping. Omitted: `mapping.yaml` in its folder. */
  readonly mapping?: Mapping;
  readonly schedule?: Schedule;
  /** Makes the connector of one target. No side effects, no I/O. Beside `kinds` it runs only in an entry that has `connection`, `endpoints` or `targets`. */
  connector?(deps: ConnectorDeps<TSettings, TService>): IntegrationConnector<TService>;
  /** Who its connector is in the audit log. */
  readonly component?: Component;
  /** What its connector may use: its context has these, and no others. */
  readonly services?: readonly TService[];
  /** What its connector can be pointed at. */
  readonly targets?: readonly TargetSpec[];
  /** Where its connector's addresses may come from: the file, `endpoint` entities, or both. Default `both`. */
  readonly endpoints?: 'explicit' | 'learned' | 'both';
  /** Answers "would a run work?" without side effects. Default: one call of the first page of the first kind. */
  check?(context: Context<TSettings>): Promise<CheckReport>;
}

/**
 * The one way to make an integration: `export default defineIntegration({...})`. The type of `settings` in kinds, `http` and `check` follows from the
 * spec given here, that of a connector's context from `services`. Loading the value must open nothing.
 */
export function defineIntegration<const TSpec extends SettingsSpec, const TService extends Service = never>(
  integration: Omit<Integration<SettingsOf<TSpec>, TService>, 'settings' | 'services'> & { readonly settings: TSpec; readonly services?: readonly TService[] },
): Integration<SettingsOf<TSpec>, TService> {
  return integration;
}
