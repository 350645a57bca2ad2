import { change } from './guarded';
import type { Documents, Stored } from './store';

interface Named extends Stored {
  readonly value: string;
}

/** A value kept by name in `state` (watermarks, generated secrets, the mapping last read): JSON text in one document. */
export async function readState<T>(documents: Documents, name: string): Promise<T | undefined> {
  const document = await documents.get<Named>('state', name);
  return document === undefined ? undefined : (JSON.parse(document.value) as T);
}

export async function writeState(documents: Documents, name: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value);
  await change<Named>(documents, { collection: 'state', id: name }, (current) => (current?.value === text ? undefined : { _id: name, value: text }));
}

/** The value of that name; the first caller's `make` decides, also among processes. */
export async function keepState<T>(documents: Documents, name: string, make: () => T): Promise<T> {
  const document = await change<Named>(documents, { collection: 'state', id: name }, (current) => (current === undefined ? { _id: name, value: JSON.stringify(make()) } : undefined));
  return JSON.parse(document!.value) as T;
}
