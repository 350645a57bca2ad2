import { type MemberContext, type ScanContext } from '@integration-framework/framework';
import { EVERY_ISSUE, LIVING_ISSUES, type JiraSettings } from './settings';

// The order is ours. A text that only looks like one (`summary ~ "order by"`) ends in a quote.
const ORDER = /\border\s+by\s+[^"'()]*$/i;

const clauseOf = (settings: JiraSettings, selector: Readonly<Record<string, unknown>>): string => {
  const own = selector['jql'];
  const text = typeof own === 'string' && own.trim() !== '' ? own : settings.jql;
  return text.replace(ORDER, '').trim() || LIVING_ISSUES;
};

/** By creation, which never changes: what is changed during a scan keeps its place. */
export const listQuery = (context: ScanContext<JiraSettings>): string => `(${clauseOf(context.settings, context.selector)}) ORDER BY created ASC, key ASC`;

/** Is this issue selected by any resource? Undefined where each one is. */
export function memberQuery(context: MemberContext<JiraSettings>, id: string): string | undefined {
  const clauses = new Set((context.selectors?.length ? context.selectors : [{}]).map((selector) => clauseOf(context.settings, selector)));
  return clauses.has(EVERY_ISSUE) ? undefined : `(${[...clauses].map((clause) => `(${clause})`).join(' OR ')}) AND id = ${id}`;
}
