import type { Route } from './router.js';

/** What a view puts on the page. */
export interface Shown {
  /** Of the browser's tab, and the heading of the view. */
  readonly title: string;
  readonly intro?: string;
  readonly content: readonly Node[];
  /** Called when the address changes within the view; without it the view is made anew. */
  readonly update?: (route: Route) => void;
}

/**
 * A view for a route.
 *
 * @param left aborted when the view is left: timers, streams and requests end then
 * @throws what its requests throw; the page shows it
 */
export type View = (route: Route, left: AbortSignal) => Promise<Shown>;
