// Labels a space in a process of its own, so that the service keeps answering.
import { join } from 'node:path';
import { MOST_LABELLED } from '../../api/labels.js';
import { BOARDS } from '../../src/devices/board/boards.js';
import { chosenArchitectures, label } from '../../src/labels/label.js';
import { spaceNamed } from '../../src/spaces/registry.js';
import { asChild, type Say } from './child-process.js';
import { LABELS_FILE, type LabelProgress, type LabelResult, type LabelTask } from './label-task.js';

await asChild(labelAll);

async function labelAll(task: LabelTask, folder: string, say: Say<LabelProgress>): Promise<LabelResult> {
  const space = spaceNamed(task.space);
  const { samples, seed = 1, threads } = task;
  const architectures = chosenArchitectures(space, { samples, seed }, MOST_LABELLED);
  const { latencyMs } = await label({
    space,
    architectures,
    devices: [task.analytic],
    boards: BOARDS,
    threads,
    file: join(folder, LABELS_FILE),
    onProgress: (done, of) => void say({ done, of }),
  });
  const labels = architectures
    .map((architecture, i) => ({ architecture: space.format(architecture), latencyMs: latencyMs[i] }))
    .filter((each) => !Number.isNaN(each.latencyMs));
  return { labels, misfits: architectures.length - labels.length };
}
