/** Ends quietly when the reader of the output has closed it: `tempograph devices | head`. */
export function endIfUnread(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}
