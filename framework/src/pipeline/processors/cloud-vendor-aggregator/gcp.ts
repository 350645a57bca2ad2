import { isObject, type JsonObject } from '../../../shared';
import { missing, objectAt, textAt, textsOf, timeOf, type Vendor } from './asset';

const textsIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []);

/** Everything stands in the event. */
export const gcp: Vendor = async (event) => {
  const data = (isObject(event.data) ? event.data : {}) as JsonObject;
  const raw = objectAt(data, 'asset');
  const [name, type] = [textAt(raw, 'name'), textAt(raw, 'assetType')];
  if (name === undefined || type === undefined) return missing('asset');
  const resource = objectAt(raw, 'resource');
  const inner = objectAt(resource, 'data');
  return {
    is: 'asset',
    raw,
    asset: {
      name: textAt(inner, 'name') ?? name.slice(name.lastIndexOf('/') + 1),
      type,
      provider: 'gcp',
      location: textAt(resource, 'location') ?? '',
      relationships: textsIn(raw['ancestors']),
      tags: textsOf(inner['labels']),
      timestamp: timeOf(event, textAt(raw, 'updateTime')),
    },
  };
};
