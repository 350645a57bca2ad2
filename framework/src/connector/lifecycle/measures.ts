import type { ConnectorMetrics } from '../../contract';

/** Names of one target: a name that is made of data would otherwise grow without end. */
const MOST = 50;
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** What one target counts and measures, over all its instances. */
export interface Measures {
  readonly metrics: ConnectorMetrics;
  values(): Readonly<Record<string, number>>;
}

/** `full`: told once, with the first name that is not kept. */
export function createMeasures(full: (name: string, most: number) => void): Measures {
  const values = new Map<string, number>();
  let told = false;

  function set(name: string, value: number, next: (before: number) => number): void {
    if (typeof name !== 'string' || !NAME.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name of a metric; begin with a letter, go on with letters, digits and _, 64 characters at most`);
    if (!Number.isFinite(value)) throw new TypeError(`the metric ${name} is given ${String(value)}; give a finite number`);
    if (values.has(name) || values.size < MOST) return void values.set(name, next(values.get(name) ?? 0));
    if (!told) full(name, MOST);
    told = true;
  }

  return {
    metrics: {
      count: (name, by = 1) => set(name, by, (before) => before + by),
      gauge: (name, value) => set(name, value, () => value),
    },
    values: () => Object.fromEntries(values),
  };
}
