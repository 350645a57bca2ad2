const INSTANT = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|[+-](\d{2}):(\d{2}))$/;

/** RFC 3339, such as `2026-03-01T12:00:00Z`, in epoch milliseconds; undefined for anything else, a day that the calendar lacks included. */
export function parseInstant(text: string): number | undefined {
  const found = INSTANT.exec(text.trim());
  if (!found) return undefined;
  const [year, month, day, hour, minute, second, hours, minutes] = found.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number, number, number, number, number];
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const sound = month >= 1 && month <= 12 && day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60 && hours < 24 && minutes < 60;
  return sound ? Date.parse(text.trim().toUpperCase()) : undefined;
}
