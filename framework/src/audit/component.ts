import type { Component } from '../contract';

const own = <const TName extends string>(id: number, name: TName, description: string): Component & { readonly name: TName } => ({
  id,
  name,
  description,
  wikiUrl: `docs/audit-messages.md#${name.toLowerCase()}`,
  status: 'STABLE',
});

/** The components of the framework. */
export const components = {
  runtime: own(1, 'INTEGRATION-RUNTIME', 'sets connectors up, runs them, stops them'),
  context: own(2, 'INTEGRATION-CONTEXT', 'what connectors ask of the framework: elements, zones, topics'),
  targets: own(3, 'INTEGRATION-TARGETS', 'what connectors work on: configured, added while running, learned'),
  run: own(4, 'INTEGRATION-RUN', 'resyncs: comparison, delete phase, releases, purge'),
  store: own(5, 'STORE', 'ownership and reachability of the store'),
  pipelines: own(6, 'PIPELINES', 'processors, sinks, dead letters'),
  access: own(7, 'ACCESS', 'who may call this process'),
  audit: own(8, 'AUDIT-LOG', 'the audit log itself'),
} as const satisfies Readonly<Record<string, Component>>;

export type ComponentKey = keyof typeof components;
