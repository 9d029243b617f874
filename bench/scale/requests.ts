import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import type { StoreIds } from './big-store.js';

/** A request to a service with a big store. */
export interface StoreRequest {
  /** As the reference names the route: `GET /v1/jobs`. */
  readonly route: string;
  readonly url: string;
  readonly body?: object;
}

/**
 * Requests to every route that asks the store, in an order in which each finds what it needs; where what is asked decides which
 * index is used, several to one route.
 */
export function requestsTo({
  device,
  job,
  search,
  runningSearch,
  prediction,
  candidate,
}: StoreIds): StoreRequest[] {
  const of = (route: string, rest = '', body?: object): StoreRequest => {
    const named = route.includes('/searches/') ? search : route.includes('/jobs/') ? job : device;
    const id = route.includes('/predictions/') ? prediction : named;
    const path = route.split(' ')[1].replace('{id}', id).replace('{candidate}', candidate);
    return { route, url: path + rest, body };
  };
  const running = (route: string, body?: object): StoreRequest => ({
    ...of(route, '', body),
    url: route.split(' ')[1].replace('{id}', runningSearch),
  });
  const measurements = Array.from({ length: 100 }, (_, i) => ({
    architecture: space.format(space.at(200 + i)),
    latencyMs: 1 + i / 100,
  }));
  return [
    of('GET /metrics'),
    of('GET /v1/overview'),
    of('GET /v1/spaces'),
    of('GET /v1/devices/{id}/measurements'),
    of('GET /v1/devices/{id}/measurements', '?metric=energy&after=1000&limit=100'),
    of('POST /v1/devices/{id}/measurements', '', { key: 'scale', measurements }),
    of('DELETE /v1/devices/{id}/measurements', '?key=scale'),
    of('GET /v1/devices/{id}/drift'),
    of('GET /v1/devices/{id}/versions'),
    of('GET /v1/predictions/{id}'),
    of('GET /v1/devices/{id}/production'),
    of('GET /v1/devices/{id}/retraining'),
    of('PUT /v1/devices/{id}/retraining', '', { medianError: 0.1 }),
    of('DELETE /v1/devices/{id}/retraining'),
    of('POST /v1/devices/{id}/candidates', '', { architectures: [measurements[0].architecture] }),
    of('GET /v1/devices/{id}/candidates'),
    of('GET /v1/devices/{id}/candidates/{candidate}'),
    of('POST /v1/devices/{id}/candidates/claim', '', { worker: 'w', count: 2 }),
    of('POST /v1/devices/{id}/train', '', {}),
    {
      ...of('POST /v1/devices/{id}/label', '', { analytic: 'fnas:zcu102', space: space.name, samples: 10 }),
      url: '/v1/devices/labelled/label',
    },
    of('POST /v1/devices/{id}/evaluate', '', {}),
    of('GET /v1/jobs'),
    of('GET /v1/jobs', '?state=failed'),
    of('GET /v1/jobs', '?state=queued'),
    of('GET /v1/jobs', `?device=${device}`),
    of('GET /v1/emulators'),
    of('GET /v1/compressions'),
    of('GET /v1/jobs/{id}'),
    of('DELETE /v1/jobs/{id}'),
    of('GET /v1/searches'),
    of('POST /v1/searches', '', { space: space.name, budget: 2, warmStart: [search], evaluator: ASKED }),
    of('GET /v1/searches/{id}'),
    running('POST /v1/searches/{id}/ask', { worker: 'w' }),
    running('POST /v1/searches/{id}/tell', { worker: 'w', results: [{ number: 16, accuracy: 60 }] }),
    running('POST /v1/searches/{id}/extend', { budget: 2000 }),
    running('POST /v1/searches/{id}/cancel'),
    of('GET /v1/keys'),
    of('GET /v1/audit'),
    of('GET /v1/audit', '?before=1000'),
  ];
}

const ASKED = { kind: 'ask-tell' };
