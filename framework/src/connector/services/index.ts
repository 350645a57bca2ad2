export { ANY, ANY_ASSET, type BlueprintDefinition, type Catalogue, type Classification, type DefaultDirection, type Field, type Fields, type Link, type Relation, type ServiceDefinition } from './definition';
export { generateReference } from './generate-reference';
export { generateTypes } from './generate-types';
export { blueprintOf, catalogue, loadServices, serviceFiles, services } from './load-services';
export { portalBlueprint, portalBlueprints } from './portal-blueprint';
export {
  classificationsOf,
  validateClassification,
  validateElement,
  validateLink,
  type ElementProblem,
  type End,
  type GivenElement,
  type GivenLink,
  type ValidateOptions,
} from './validate-element';
