/** What a text file holds, unpacked where its name says that it is gzipped. */
export function textOf(file: File): Promise<string> {
  const stream = file.stream();
  const plain = file.name.endsWith('.gz') ? stream.pipeThrough(new DecompressionStream('gzip')) : stream;
  return new Response(plain).text();
}
