import type { Blueprint, BlueprintProperty, BlueprintRelation } from '../../contract';
import type { BlueprintDefinition, Field } from './definition';
import { blueprintOf } from './load-services';
import { titleOf } from './read-catalogue';

const ICON = 'BlankPage';

/**
 * The portal's blueprints for these names, with the relations among them. A relation to a blueprint that is not named is left out, since the portal
 * refuses a relation without target; so is a link with an open end. Names that are no blueprint of a service are passed over.
 */
export function portalBlueprints(names: Iterable<string>): readonly Blueprint[] {
  const wanted = new Set(names);
  return [...wanted].flatMap((name) => {
    const definition = blueprintOf(name);
    return definition === undefined ? [] : [portalBlueprint(definition, (target) => wanted.has(target))];
  });
}

/**
 * The portal's blueprint of a definition. Nothing is required there: what must be given is refused before it is stored, while the portal also has bare
 * entities, made for a relation whose target comes later.
 */
export function portalBlueprint(definition: BlueprintDefinition, has: (target: string) => boolean = () => true): Blueprint {
  const relations = Object.entries(definition.relations).filter(([, { target }]) => has(target));
  return {
    identifier: definition.identifier,
    title: definition.title,
    icon: definition.icon ?? ICON,
    description: definition.description,
    schema: { properties: Object.fromEntries(Object.entries(definition.properties).map(([name, field]) => [name, { title: titleOf(name), ...portalProperty(field) }])) },
    // Fields of a relation stay in the store; the portal has the link alone.
    relations: Object.fromEntries(relations.map(([name, { target, many }]): [string, BlueprintRelation] => [name, { target, title: titleOf(name), required: false, many }])),
  };
}

function portalProperty({ type, format, enum: allowed, items, description }: Field): BlueprintProperty {
  return {
    type: type === 'integer' ? 'number' : type,
    ...(format === undefined ? {} : { format }),
    ...(allowed === undefined ? {} : { enum: allowed }),
    ...(items === undefined ? {} : { items: portalProperty(items) }),
    ...(description === undefined ? {} : { description }),
  };
}
