import type { Route } from './router.js';

/** The content a view shows on the page. */
export interface Shown {
  /** Title of the browser's tab, and the heading of the view. */
  readonly title: string;
  readonly intro?: string;
  readonly content: readonly Node[];
  /** Called when the address changes within the view; without it the view is rebuilt. */
  readonly update?: (route: Route) => void;
}

/**
 * A view for a route.
 *
 * @param left aborted when the view is left, to end timers, streams and requests
 * @throws the errors of its requests; the page shows them
 */
export type View = (route: Route, left: AbortSignal) => Promise<Shown>;
