import { ElementMissing, FrameworkError, toJson, type BlueprintName, type ElementRef, type InTopic, type InTopicEvent, type JsonObject, type NewElement, type Zones } from '../../contract';
import { encodeSegment, type Clock } from '../../shared';
import { keepDeadLetter, readState, writeState, type Store } from '../../store';
import { givenOf, type Writer, type Writing } from '../elements';

/** `state` documents of messages that were applied: `in-topic/<entry>/<id>`. Forgotten after a day. */
export const IN_TOPIC = 'in-topic/';

export interface InTopicDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly writing: Writing;
  readonly writer: Writer;
  readonly zones: Zones;
  /** One after the other, by name. */
  inTurn<T>(name: string, work: () => Promise<T>): Promise<T>;
  readonly by: string;
  /** Told once it is applied, or a dead letter. */
  taken(event: InTopicEvent): void;
  refused(event: InTopicEvent, error: Error): void;
}

/** Messages are validated and judged like calls; one that is refused is a dead letter with the reason. */
export function createInTopic({ store, clock, writing, writer, zones, inTurn, by, taken, refused }: InTopicDeps): InTopic {
  const { entry } = writer;

  async function apply({ op, blueprint, identifier, properties, relations, merge = true }: InTopicEvent): Promise<void> {
    if (!entry.kinds.has(blueprint)) throw new FrameworkError('ELEMENT_REFUSED', [`${blueprint} ${identifier}`, 'no service of this connector writes this blueprint']);
    const ref = { blueprint, identifier } as ElementRef;
    if (op === 'publish') return zones.publish(ref);
    if (op === 'withdraw') return zones.withdraw(ref);
    if (op === 'delete') return void (await writing.remove(writer, ref, { method: writer.onMissing, by }));
    if (op !== 'upsert') throw new FrameworkError('ELEMENT_REFUSED', [`${blueprint} ${identifier}`, `there is no op ${String(op)}; give upsert, delete, publish or withdraw`]);
    const given = { identifier, properties: properties ?? {}, ...(relations && { relations }) } as unknown as NewElement;
    if (merge && (await isRevised(ref, given))) return;
    const [result] = await writing.upsert(writer, blueprint as BlueprintName, [given]);
    if (result!.error) throw result!.error;
  }

  /** False: it is not there, so that it has to be made. */
  async function isRevised(ref: ElementRef, given: NewElement): Promise<boolean> {
    try {
      await writing.revise(writer, ref, (content) => {
        const { properties, relations = {} } = given;
        return givenOf({ ...content, properties: { ...content.properties, ...(properties as unknown as JsonObject) } }, { relations: relations as JsonObject });
      });
      return true;
    } catch (err) {
      if (err instanceof ElementMissing) return false;
      throw err;
    }
  }

  async function take(event: InTopicEvent): ReturnType<InTopic['send']> {
    const known = `${IN_TOPIC}${encodeSegment(entry.identifier)}/${event.id}`;
    if ((await readState(store.documents, known)) !== undefined) return 'duplicate';
    try {
      await apply(event);
    } catch (err) {
      // The store being away is nobody's refusal: the sender tries again.
      if (!(err instanceof FrameworkError) || err.recovery === 'retry') throw err;
      const kind = entry.kinds.get(event.blueprint);
      await keepDeadLetter(store.documents, { integration: entry.identifier, pipeline: entry.identifier, ...(kind && { kind }), stage: 'source', code: err.code, message: err.message, payload: toJson(event) }, clock);
      await writeState(store.documents, known, { at: clock.now() });
      refused(event, err);
      return 'dead-lettered';
    }
    await writeState(store.documents, known, { at: clock.now() });
    taken(event);
    return 'applied';
  }

  // Of two with one id the second sees that the first was applied.
  return { send: (event) => inTurn(`${IN_TOPIC}${entry.identifier}`, () => take(event)) };
}
