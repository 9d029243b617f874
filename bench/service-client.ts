import { type ChildProcess, spawn } from 'node:child_process';
import { type Agent, request } from 'node:http';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { packageRoot } from '../src/base/package-root.js';
import { Random } from '../src/base/random.js';
import { spaceNamed } from '../src/spaces/registry.js';

/** A service in a process of its own. */
export interface Server {
  readonly url: string;
  readonly process: ChildProcess;
}

export const cli = join(packageRoot, 'scripts', 'tempograph.mjs');

/** Starts a script that says where it listens. */
export async function start(args: readonly string[]): Promise<Server> {
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  for await (const text of process_.stdout.iterator({ destroyOnReturn: false })) {
    output += text;
    const url = output.match(/listening on (http:\S+)/)?.[1];
    if (url) return { url, process: process_ };
  }
  throw new Error(`the server did not start: ${output}`);
}

/** Loads the server; each connection asks about architectures of its own. */
export async function fire(
  url: string,
  device: string,
  architectures: readonly string[],
  perRequest: number,
  connections: number,
  seconds: number,
): Promise<autocannon.Result> {
  const bodies = Array.from({ length: Math.floor(architectures.length / perRequest) }, (_, i) =>
    JSON.stringify({ device, architectures: architectures.slice(i * perRequest, (i + 1) * perRequest) }),
  );
  const share = Math.floor(bodies.length / connections);
  let client = 0;
  const result = await autocannon({
    url: `${url}/v1/predict`,
    connections,
    duration: seconds,
    setupClient(connection) {
      const own = bodies.slice(client * share, (client + 1) * share);
      client++;
      connection.setRequests(
        own.map((body) => ({ method: 'POST', body, headers: { 'content-type': 'application/json' } })),
      );
    },
  });
  if (result.non2xx + result.errors > 0) {
    throw new Error(`${result.non2xx} requests were refused and ${result.errors} failed`);
  }
  return result;
}

/** As `send`, of JSON. */
export const sendPost = (url: string, body: string, agent?: Agent) => send('POST', url, body, agent);

/**
 * @returns the answer's body
 * @throws Error if the request is refused
 */
export function send(
  method: string,
  url: string,
  body: string,
  agent?: Agent,
  type = 'application/json',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = body ? { 'content-type': type, 'content-length': Buffer.byteLength(body) } : {};
    request(url, { method, agent, headers }, (response) => {
      let answer = '';
      response.on('data', (text) => {
        answer += text;
      });
      response.on('end', () => {
        if (response.statusCode! < 300) resolve(answer);
        else reject(new Error(`${url}: ${response.statusCode} ${answer}`));
      });
    })
      .on('error', reject)
      .end(body);
  });
}

/** All of a space, in an order of its own. */
export function shuffledArchitectures(spaceName: string): string[] {
  const space = spaceNamed(spaceName);
  const order = new Random(1).permutation(space.size);
  return Array.from(order, (index) => space.format(space.at(index)));
}
