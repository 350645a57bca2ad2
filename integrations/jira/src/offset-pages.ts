import type { Page, Position } from '@integration-framework/framework';
import type { JiraObject } from './client';

export interface OffsetPage {
  readonly rows: readonly JiraObject[];
  /** How many elements of the list this page stands for. */
  readonly length: number;
  readonly isLast: boolean;
}

/** Pages by `startAt`. Each read begins with the pull for it. */
export async function* offsetPages(read: (startAt: number) => Promise<OffsetPage>, position: Position | undefined): AsyncIterable<Page<JiraObject>> {
  let startAt = Number(position?.['startAt'] ?? 0);
  for (;;) {
    const page = await read(startAt);
    startAt += page.length;
    yield { rows: page.rows, next: page.isLast ? undefined : { startAt } };
    if (page.isLast) return;
  }
}
