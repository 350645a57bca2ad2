import type { ElementProperties, NewElement } from '@integration-framework/framework';
import { folderOf, identifier, nameOf, qualifiedName, toText, type Path } from '../bytes';
import { unpack, type File } from '../read-file';
import { extensionOf } from '../structure/read-structure';
import type { Field, Structure } from '../structure/structure';
import { absolute, type Folder } from '../walk';

/** Where elements are of: the root, and the name of its machine where the endpoint has one. */
export interface Place {
  readonly root: string;
  readonly machine: string | undefined;
}

/** How an element is told apart: the machine's name stands before its path. */
const named = ({ machine }: Place, path: Path): Path => (machine === undefined ? path : `${Buffer.from(machine, 'utf8').toString('latin1')}:${path}`);
export const folderId = (of: Place, relative: Path): string => identifier(named(of, absolute(of.root, relative)));
export const fileId = (of: Place, relative: Path): string => identifier(named(of, absolute(of.root, relative)));

/** RFC 3339; undefined for what a file system does not know (0), or no date-time can hold. */
function instant(ms: number): string | undefined {
  const year = new Date(ms).getUTCFullYear();
  return ms > 0 && year <= 9999 ? new Date(ms).toISOString() : undefined;
}
const times = ({ createdMs, modifiedMs }: { readonly createdMs: number; readonly modifiedMs: number }): Pick<ElementProperties['dataFile'], 'createTime' | 'modifiedTime'> => {
  const [createTime, modifiedTime] = [instant(createdMs), instant(modifiedMs)];
  return { ...(createTime !== undefined && { createTime }), ...(modifiedTime !== undefined && { modifiedTime }) };
};

export function folderElement(of: Place, folder: Folder): NewElement<'fileFolder'> {
  const path = absolute(of.root, folder.relative);
  const name = toText(nameOf(path)) || '/';
  return {
    identifier: folderId(of, folder.relative),
    ...(folder.relative !== '' && { parent: { blueprint: 'fileFolder', identifier: folderId(of, folderOf(folder.relative)) } }),
    properties: { qualifiedName: qualifiedName('FileFolder', named(of, path)), name, displayName: name, pathName: toText(path), ...times(folder) },
  };
}

export function fileElement(of: Place, relative: Path, file: File): NewElement<'dataFile'> {
  const path = absolute(of.root, relative);
  const name = toText(nameOf(path));
  const fileType = extensionOf(name);
  return {
    identifier: fileId(of, relative),
    parent: { blueprint: 'fileFolder', identifier: folderId(of, folderOf(relative)) },
    properties: {
      qualifiedName: qualifiedName('DataFile', named(of, path)),
      name,
      displayName: name,
      pathName: toText(path),
      ...times(file),
      ...(file.typeName !== undefined && { typeName: file.typeName }),
      ...(fileType !== '' && { fileType }),
      ...(file.encoding !== undefined && { encodingType: file.encoding }),
      additionalProperties: { size: String(file.size), ...(file.reason !== undefined && { structure: `none: ${file.reason}` }) },
    },
  };
}

const SCHEMAS = { CSVFile: ['TabularSchemaType', 'TabularColumn'], JSONFile: ['DocumentSchemaType', 'DocumentSchemaAttribute'], AvroFile: ['ObjectSchemaType', 'ObjectAttribute'] } as const;

const structureOf = ({ packed }: File): Structure | undefined => packed && (unpack(packed) as Structure);

export function* schemaElements(of: Place, relative: Path, file: File): Generator<NewElement<'schemaType'>> {
  const structure = structureOf(file);
  if (structure === undefined) return;
  const { typeName, name, description, namespace, notes } = structure;
  yield {
    identifier: fileId(of, relative),
    parent: { blueprint: 'dataFile', identifier: fileId(of, relative) },
    properties: {
      qualifiedName: qualifiedName(SCHEMAS[typeName][0], named(of, absolute(of.root, relative))),
      displayName: name,
      typeName: SCHEMAS[typeName][0],
      variant: 'struct',
      ...(description !== undefined && { description }),
      ...(namespace !== undefined && { namespace }),
      ...(file.encoding !== undefined && { encodingStandard: file.encoding }),
      additionalProperties: notes,
    },
  };
}

interface Open {
  readonly field: Field;
  readonly names: readonly string[];
  readonly position: number;
  readonly parent: NewElement['parent'] & object;
}

/** Fields of a file, those that hold others before them. */
export function* attributeElements(of: Place, relative: Path, file: File): Generator<NewElement<'schemaAttribute'>> {
  const structure = structureOf(file);
  if (structure === undefined) return;
  const path = named(of, absolute(of.root, relative));
  const typeName = SCHEMAS[structure.typeName][1];
  const top = { blueprint: 'schemaType', identifier: fileId(of, relative) } as const;
  const open: Open[] = structure.fields.map((field, position) => ({ field, position, names: [field.name], parent: top }));
  for (const { field, names, position, parent } of open) {
    const id = identifier(path, names);
    open.push(...field.fields.map((inner, at): Open => ({ field: inner, position: at, names: [...names, inner.name], parent: { blueprint: 'schemaAttribute', identifier: id } })));
    yield {
      identifier: id,
      parent,
      properties: {
        qualifiedName: qualifiedName(typeName, path, names),
        displayName: field.name === '' ? '(no name)' : field.name,
        typeName,
        dataType: field.dataType,
        elementPosition: position,
        minCardinality: field.required && !field.isList ? 1 : 0,
        maxCardinality: field.isList ? -1 : 1,
        isNullable: field.isNullable,
        ...(field.description !== undefined && { description: field.description }),
        ...(field.defaultValue !== undefined && { defaultValue: field.defaultValue }),
        ...(field.aliases && { aliases: field.aliases }),
        ...(field.notes && Object.keys(field.notes).length > 0 && { additionalProperties: field.notes }),
      },
    };
  }
}
