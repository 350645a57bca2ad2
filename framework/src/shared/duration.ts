const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SHORT = /^(?:(\d+(?:\.\d+)?)(ms|s|m|h|d))+$/;
const ISO = /^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** `30s` `10m` `1h30m` `2d` or ISO 8601 (`PT10M`) in milliseconds; undefined for anything else, a bare number included. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (SHORT.test(trimmed)) {
    let total = 0;
    for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) total += Number(amount) * UNITS[unit!]!;
    return Math.round(total);
  }
  const iso = ISO.exec(trimmed);
  if (!iso) return undefined;
  const [, days, hours, minutes, seconds] = iso;
  return Math.round((Number(days ?? 0) * 86_400 + Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)) * 1_000);
}
