import { members } from './spec';

const EXPRESSION = { type: 'expression', description: 'A JQ expression.' } as const;
const QUERY = { type: 'expression', query: true, description: 'A JQ expression, or a search query whose leaves are expressions.' } as const;

/** The shape of a mapping, as far as every mapping has it; the expressions are compiled elsewhere. */
export const mappingMembers = members({
  deleteDependentEntities: { type: 'boolean', default: true, description: 'Cascade when a stale entity is deleted.' },
  createMissingRelatedEntities: { type: 'boolean', default: true, description: 'Let the portal create relation targets that do not exist.' },
  enableMergeEntity: { type: 'boolean', default: true, description: 'Patch instead of replace.' },
  entityDeletionThreshold: { type: 'number', min: 0, max: 1, nullable: true, default: 0.9, description: 'Part of the entities above which nothing is deleted; 0 or null deletes nothing.' },
  resources: {
    type: 'list',
    required: true,
    description: 'One for each kind; a kind may occur several times.',
    items: {
      type: 'object',
      description: 'What becomes of the rows of a kind.',
      members: {
        kind: { type: 'string', required: true, description: 'A kind that the integration offers.' },
        selector: {
          type: 'object',
          open: true,
          members: { query: { ...EXPRESSION, description: 'Which rows are taken. Other members belong to the integration.' } },
          description: 'Which rows are taken.',
        },
        port: {
          type: 'object',
          required: true,
          description: 'What they become.',
          members: {
            itemsToParse: { ...EXPRESSION, description: 'A list inside the row: one entity for each element.' },
            itemsToParseName: { type: 'string', default: 'item', description: 'Name of the element in expressions.' },
            itemsToParseTopLevelTransform: { type: 'boolean', default: true, description: 'The element stands beside the members of the row.' },
            entity: {
              type: 'object',
              required: true,
              description: 'The entity.',
              members: {
                mappings: {
                  type: 'list',
                  single: true,
                  required: true,
                  min: 1,
                  description: 'One mapping, or several that give one entity each.',
                  items: {
                    type: 'object',
                    description: 'An entity.',
                    members: {
                      identifier: { ...QUERY, required: true },
                      blueprint: { ...EXPRESSION, required: true },
                      title: EXPRESSION,
                      icon: EXPRESSION,
                      team: QUERY,
                      properties: { type: 'object', items: EXPRESSION, description: 'Key → expression.' },
                      relations: { type: 'object', items: QUERY, description: 'Key → expression or search query.' },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
});
