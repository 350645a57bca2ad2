import type { Integration } from '../../contract';
import { closeMapping } from '../../pipeline';
import { checkTests, faultTests } from './fault-tests';
import { liveTests } from './live-tests';
import { mappingTests } from './mapping-tests';
import { rowTests } from './row-tests';
import { settingsTests } from './settings-tests';
import { subjectOf, type ConformanceOptions } from './subject';

export type { ConformanceOptions } from './subject';

/**
 * Registers, with jest, what every integration has to stand: its settings, its rows and pages, its mapping and blueprints, and the faults of its source. Call it at the
 * top of a test file. Throws when `exchanges` are missing for an integration with `http`.
 */
export function conformance<TSettings>(integration: Integration<TSettings>, options: ConformanceOptions): void {
  if (integration.http && !options.exchanges) throw new Error(`${integration.type} declares http: give exchanges`);
  const subject = subjectOf(integration as Integration, options);
  describe(`conformance of ${integration.type}`, () => {
    beforeAll(() => subject.start());
    afterEach(() => {
      if (options.exchanges) subject.source().reset();
    });
    afterAll(async () => {
      await subject.stop();
      await closeMapping();
    });

    settingsTests(subject);
    mappingTests(subject);
    checkTests(subject);
    if (subject.integration.live) liveTests(subject, subject.integration.live);
    for (const kind of subject.kinds) {
      describe(`kind ${kind.name}`, () => {
        rowTests(subject, kind);
        if (options.exchanges) faultTests(subject, kind);
      });
    }
  });
}
