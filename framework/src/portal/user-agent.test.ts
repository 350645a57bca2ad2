import { ownership } from './user-agent';

const actor = { type: 'Kafka', version: '1.2.3', identifier: 'my-kafka' };

describe('ownership', () => {
  it('says who writes, and recognises it in every version', () => {
    expect(ownership('integration-framework', actor)).toEqual({
      plain: 'integration-framework/kafka/1.2.3/my-kafka',
      writer: 'integration-framework/kafka/1.2.3/my-kafka/exporter',
      prefix: 'integration-framework/kafka/',
      suffix: '/my-kafka/exporter',
    });
  });

  it.each(['', 'a/b', 'a b', 'a\tb', 'a\nb', 'a\u0000b', 'a\u007fb', 'a\u00a0b', 'a\ud800'])('refuses %j in any part', (bad) => {
    for (const part of ['type', 'version', 'identifier'] as const) {
      expect(() => ownership('integration-framework', { ...actor, [part]: bad })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    }
  });

  it('carries letters beyond ASCII the same way in header and owner test', () => {
    const { writer, prefix, suffix } = ownership('integration-framework', { ...actor, identifier: 'größe-日本' });
    expect(writer).toMatch(/^[\u0021-\u007e]+$/);
    expect(writer.startsWith(prefix) && writer.endsWith(suffix)).toBe(true);
  });
});
