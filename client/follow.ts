import { isOver, type JobState } from '../api/job.js';
import { TempographError } from './error.js';
import { readEvents } from './events.js';
import type { Transport } from './transport.js';

/**
 * A job or a search, from its stream of events, whenever it changes, until it is over; reconnects if the connection breaks.
 *
 * @param name name of its events
 * @param url its address, without `/events`
 * @throws TempographError if the service refuses, or does not answer after the last of the retries
 */
export async function* follow<Answer extends { readonly state: JobState }>(
  transport: Transport,
  name: string,
  url: string,
  options: { readonly signal?: AbortSignal },
): AsyncGenerator<Answer> {
  for (let attempt = 0; ; attempt++) {
    const { body } = await transport.answer(`${url}/events`, { repeatable: true, ...options });
    try {
      for await (const { event, data } of readEvents(body!)) {
        if (event !== name) continue;
        const answer = JSON.parse(data) as Answer;
        attempt = 0;
        yield answer;
        if (isOver(answer)) return;
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof TempographError) throw error;
    }
    const problem = new TempographError(0, 'no_answer', `${url}/events ended before the ${name} was over`);
    await transport.pause(problem, attempt, options.signal);
  }
}
