export { ANCHORS, anchorIn, settleAnchors, type Anchors } from './anchors';
export * from './element-entry';
export { anchorOf, elementOf, givenOf, keptHeader, parseElement, partsOf, withParent, type ElementRow, type KeptHeader } from './element-row';
export { mapOneToOne } from './one-to-one';
export { createReading, isVisible, ownZones, type Reading } from './read';
export { withRefusals, type Refusal } from './refusals';
export { createRegistry, type Located, type Registry } from './registry';
export { createWriting, farewellOf, type Going, type Upserted, type Writing } from './write';
