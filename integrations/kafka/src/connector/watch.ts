import { hashText, toJson } from '@integration-framework/framework';
import type { ConfiguredTopic, ListedTopic, Survey } from './cluster';

// Of a large cluster, as many configurations are looked at in each look, in turn; counts of partitions are seen of all.
const CONFIGS_PER_LOOK = 1_000;

/** What is to be done after a look. */
export interface Findings {
  /** Topics whose configuration is to be read: new ones, changed ones, and those whose turn it is. */
  readonly due: readonly ListedTopic[];
  /** Something went, or another cluster answers: only a full comparison may conclude from that. */
  readonly gone: boolean;
}

/** What is known of the topics of one cluster, as fingerprints: some 100 bytes a topic. */
export interface Memory {
  readonly size: number;
  /** A comparison read all: what it saw is known from now on. */
  replace(clusterId: string, prints: ReadonlyMap<string, string>): void;
  find(survey: Survey): Findings;
  /** Those that are not as they were known. One whose configuration was never read counts as known. */
  changed(topics: readonly ConfiguredTopic[]): readonly ConfiguredTopic[];
  keep(topics: readonly ConfiguredTopic[]): void;
}

const shapeOf = ({ partitions, replicas }: ListedTopic): string => `${partitions}/${replicas}/`;
export const printOf = (topic: ConfiguredTopic): string => `${shapeOf(topic)}${hashText(toJson(topic.config))}`;

export function createMemory(perLook = CONFIGS_PER_LOOK): Memory {
  let cluster: string | undefined;
  let known = new Map<string, string>();
  /** Names up to here had their turn. */
  let turn = '';

  /** The next ones in the order of names, from the first again after the last. */
  function inTurn(topics: readonly ListedTopic[]): readonly ListedTopic[] {
    const at = topics.findIndex(({ name }) => name > turn);
    const next = (at === -1 ? topics : topics.slice(at)).slice(0, perLook);
    turn = next.at(-1)?.name ?? '';
    return next;
  }

  return {
    get size() {
      return known.size;
    },
    replace(clusterId, prints) {
      cluster = clusterId;
      known = new Map(prints);
    },
    find({ clusterId, topics }) {
      if (cluster !== clusterId) {
        // What was there before is the business of the refresh; from here on changes are seen.
        const another = cluster !== undefined;
        cluster = clusterId;
        known = new Map(topics.map((topic) => [topic.name, shapeOf(topic)]));
        return { due: [], gone: another };
      }
      const there = new Set(topics.map(({ name }) => name));
      const lost = [...known.keys()].filter((name) => !there.has(name));
      // Asked for once; if the refresh fails, it is repeated without us.
      for (const name of lost) known.delete(name);
      const different = topics.filter((topic) => known.get(topic.name)?.startsWith(shapeOf(topic)) !== true);
      const due = new Map([...different, ...inTurn(topics)].map((topic) => [topic.name, topic]));
      return { due: [...due.values()], gone: lost.length > 0 };
    },
    changed(topics) {
      return topics.filter((topic) => {
        const print = known.get(topic.name);
        return print !== printOf(topic) && print !== shapeOf(topic);
      });
    },
    keep(topics) {
      for (const topic of topics) known.set(topic.name, printOf(topic));
    },
  };
}
