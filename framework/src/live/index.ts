export { createIntake, type Heard, type HeardRow, type Intake, type IntakeEntry, type RawDelivery, type Receipt } from './intake';
export { listenTo, type ListenOptions } from './listen';
export { createRoute, type DeliveryOrigin, type ReceivedDelivery, type Routed, type RoutedClaim, type RoutedRecord, type RouteScope } from './route';
export { verify, type Credentials, type IncomingCall } from './verify';
export type { Busy, CallResult, ImportRoute, ListenerRoute, WebhookRoute } from './webhook-route';
export { createWebhooks, type Webhooks, type WebhooksOptions } from './webhooks';
