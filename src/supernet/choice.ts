/** Name of the shared input that says how much of each option there is, `[place, option]`. */
export const CHOICE = 'choice';

/** One-hot shares of an architecture, `[place, option]`. @param options of the place that has the most */
export function oneHotChoice(architecture: ArrayLike<number>, options: number): Float32Array {
  const choice = new Float32Array(architecture.length * options);
  for (let place = 0; place < architecture.length; place++) choice[place * options + architecture[place]] = 1;
  return choice;
}
