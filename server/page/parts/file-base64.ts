/** A file in base64, the form in which the service accepts files inside JSON. */
export async function base64Of(file: Blob): Promise<string> {
  const reader = new FileReader();
  const read = new Promise<string>((resolve, reject) => {
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error);
  });
  reader.readAsDataURL(file);
  // data:application/octet-stream;base64,…
  return (await read).replace(/^[^,]*,/, '');
}
