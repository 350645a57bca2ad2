/**
 * One list: the statements that lead from version n to n + 1. A released entry is never changed; a store of an older version runs what it lacks.
 *
 * Bodies lie in a table of their own, so that a resync that finds nothing new rewrites small rows only; scope, partition and the like are small integers
 * (`names`). There is no index for sweeps: it would cost every page more than the one scan of the table that it saves (400,000 rows: 34 ms).
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE names(n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

  CREATE TABLE rows(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, scope INTEGER NOT NULL, part INTEGER NOT NULL, hash TEXT, version NUMERIC,
    floor NUMERIC NOT NULL, stamp INTEGER NOT NULL, heard INTEGER NOT NULL, ask INTEGER, seen INTEGER NOT NULL, gone INTEGER NOT NULL, goneAt INTEGER,
    byEvent INTEGER NOT NULL, mappedFace TEXT, mappedBy INTEGER, due INTEGER, rev TEXT NOT NULL, locate TEXT);
  CREATE TABLE bodies(n INTEGER PRIMARY KEY, row, data, event TEXT);
  CREATE INDEX rowsDue ON rows(due) WHERE due IS NOT NULL;
  CREATE INDEX rowsAsk ON rows(ask) WHERE ask IS NOT NULL;
  CREATE INDEX rowsGone ON rows(goneAt) WHERE gone = 1;

  CREATE TABLE outputs(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, pipeline INTEGER NOT NULL, integration INTEGER NOT NULL, kinds INTEGER NOT NULL,
    hash TEXT NOT NULL, gone INTEGER NOT NULL, again INTEGER NOT NULL, search INTEGER NOT NULL, identifier TEXT, cleared TEXT, sinkNames INTEGER NOT NULL,
    sinks TEXT NOT NULL, due INTEGER, rev TEXT NOT NULL);
  CREATE TABLE parts(o INTEGER NOT NULL, r INTEGER NOT NULL, resource INTEGER NOT NULL, hash TEXT NOT NULL, search INTEGER NOT NULL, body,
    PRIMARY KEY(o, r, resource)) WITHOUT ROWID;
  CREATE INDEX partsRow ON parts(r);
  CREATE INDEX outputsDue ON outputs(pipeline, due) WHERE due IS NOT NULL;
  CREATE INDEX outputsAgain ON outputs(again) WHERE again = 1;
  CREATE INDEX outputsGone ON outputs(gone) WHERE gone = 1;

  CREATE TABLE documents(collection INTEGER NOT NULL, id TEXT NOT NULL, rev TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY(collection, id)) WITHOUT ROWID;

  CREATE TABLE catalog(n INTEGER PRIMARY KEY, blueprint TEXT NOT NULL, identifier TEXT NOT NULL, integration INTEGER NOT NULL, kind INTEGER NOT NULL,
    words TEXT NOT NULL, head TEXT NOT NULL, properties, relations, updatedAt INTEGER NOT NULL, UNIQUE(blueprint, identifier));
  `,
  // Of a row its face where that is not its hash; of a part the number of its event; of a gone output what the removal said. Deliveries are known by integers that
  // stand for their ids (accept.ts). An event is looked for by its number, and counted, in one index.
  `
  ALTER TABLE rows ADD COLUMN face TEXT;
  ALTER TABLE parts ADD COLUMN event INTEGER;
  ALTER TABLE outputs ADD COLUMN last;

  CREATE TABLE deliveries(id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, at INTEGER NOT NULL);
  CREATE INDEX deliveriesAt ON deliveries(at);

  CREATE TABLE events(n INTEGER PRIMARY KEY, scope INTEGER NOT NULL, number INTEGER NOT NULL, integration INTEGER NOT NULL, id TEXT NOT NULL, row TEXT NOT NULL,
    event TEXT NOT NULL, origin INTEGER NOT NULL, version NUMERIC, outvoted INTEGER NOT NULL, data, keys TEXT NOT NULL, waits INTEGER NOT NULL, UNIQUE(integration, id));
  CREATE INDEX eventsNumber ON events(scope, number, waits);
  `,
  // The audit log. What it is filtered by lies in the two indexes, so that a search reads no record that it does not give.
  `
  CREATE TABLE audit(n INTEGER PRIMARY KEY, guid TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, severity INTEGER NOT NULL, component INTEGER NOT NULL,
    connector INTEGER, message INTEGER NOT NULL, record NOT NULL);
  CREATE INDEX auditTime ON audit(at, guid, component, connector, message);
  CREATE INDEX auditSeverity ON audit(severity, at, guid, component, connector, message);
  `,
  // What is kept about elements of connectors.
  `
  ALTER TABLE rows ADD COLUMN header TEXT;
  `,
  // Delivery ids as they come, a batch in a row: id, hash of the body, id, hash … (delivery-ids.ts).
  'CREATE TABLE arrivals(n INTEGER PRIMARY KEY, at INTEGER NOT NULL, marks TEXT NOT NULL)',
  // What a row is a part of. The id gives the parts of one thing in order; rows that are part of nothing are not in the index.
  `
  ALTER TABLE rows ADD COLUMN anchor TEXT;
  CREATE INDEX rowsAnchor ON rows(anchor, id) WHERE anchor IS NOT NULL;
  `,
  // Who made an element and who changed it last: JSON.
  'ALTER TABLE rows ADD COLUMN provenance TEXT',
];
