import type { InvalidReason, MapReport, ResourceCounters } from './types';

export const newMapReport = (): MapReport => ({ resources: new Map(), examples: new Map() });

const newCounters = (): ResourceCounters => ({
  raw: 0,
  items: 0,
  emptyList: 0,
  filtered: 0,
  selectorNull: 0,
  invalid: {},
  mapped: 0,
  duplicates: 0,
  fieldNull: {},
  fieldError: {},
  fieldDropped: {},
});

/** Counts for one resource; the first message of each kind is kept as example, under `<resource>/<field or reason>`. */
export interface Counting {
  readonly counters: ResourceCounters;
  invalid(reason: InvalidReason, message: string): void;
  fieldNull(field: string): void;
  fieldError(field: string, message: string): void;
  fieldDropped(field: string, message: string): void;
  note(topic: string, message: string): void;
}

export function countingOf(report: MapReport, resource: number): Counting {
  let counters = report.resources.get(resource);
  if (counters === undefined) report.resources.set(resource, (counters = newCounters()));
  const totals = counters;
  const note = (topic: string, message: string): void => {
    const key = `${resource}/${topic}`;
    if (!report.examples.has(key)) report.examples.set(key, message);
  };
  const add = (into: Record<string, number>, key: string): void => void (into[key] = (into[key] ?? 0) + 1);
  return {
    counters: totals,
    invalid(reason, message) {
      totals.invalid[reason] = (totals.invalid[reason] ?? 0) + 1;
      note(reason, message);
    },
    fieldNull: (field) => add(totals.fieldNull, field),
    fieldError(field, message) {
      add(totals.fieldError, field);
      note(field, message);
    },
    fieldDropped(field, message) {
      add(totals.fieldDropped, field);
      note(field, message);
    },
    note,
  };
}
