// A process that computes as its questions say.
import { answerQuestions } from '../../src/base/limited-process/answer-questions.js';

answerQuestions((piece: string) => {
  switch (piece) {
    case 'throw':
      throw new Error('broken by a piece');
    case 'end':
      process.exit(3);
      break;
    case 'hang':
      for (;;);
    case 'grow':
      for (const all: number[][] = []; ; ) all.push(new Array<number>(1000).fill(all.length));
    case 'grow outside':
      // As native code does: no limit of V8 sees it.
      for (const all: Buffer[] = []; ; ) all.push(Buffer.alloc(2 ** 20, all.length));
    case 'deep': {
      // As deep as can be sent: reading takes more of the stack than writing.
      let deep: unknown[] = [];
      for (let i = 0; i < 1e5; i++) deep = [deep];
      return [process.pid, deep];
    }
  }
  return [process.pid, piece];
});
