export { createRoute, type ReceivedDelivery, type Routed, type RoutedClaim, type RoutedRecord, type RouteScope } from './route';
export { verify, type Credentials, type IncomingCall } from './verify';
