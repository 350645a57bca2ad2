/** By partition. */
export type Offsets = ReadonlyMap<number, string>;

/** What the brokers say of a topic; one that is not there has no partitions. */
export interface TopicOffsets {
  /** Where each partition ends now. */
  ends(): Promise<Offsets>;
  /** Of each partition the first message whose timestamp is not before that (epoch ms), or its end. */
  since(at: number): Promise<Offsets>;
}

/** Where a group begins that has committed nothing. Lives longer than a session, so that a place is found once. */
export interface Beginnings {
  /** A partition that is not in it begins at its first message. Asks the brokers only while nothing is known. */
  find(topic: TopicOffsets): Promise<Offsets>;
  /** The group has a place in these now. Should it have none again, the topic was made anew: it begins at the first message. */
  begun(partitions: readonly number[]): Promise<void>;
}

/** Begins where the topic ended at the first contact; known for the life of the process. */
export function inMemory(): Beginnings {
  let known: Map<number, string> | undefined;
  return {
    find: async (topic) => (known ??= new Map(await topic.ends())),
    async begun(partitions) {
      for (const partition of partitions) known?.delete(partition);
    },
  };
}
