/** The candidate that a misspelt word most likely meant, or undefined when none is close. */
export const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  const best = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate) }))
    .reduce((a, b) => (b.distance < a.distance ? b : a));
  return best.distance <= Math.max(2, word.length / 3) ? best.candidate : undefined;
};

/** Levenshtein distance. */
const editDistance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, charA] of [...a.slice(0, 64)].entries()) {
    const current = [i + 1];
    for (const [j, charB] of [...b].entries()) {
      const substitution = (previous[j] ?? 0) + (charA === charB ? 0 : 1);
      current.push(Math.min(substitution, (previous[j + 1] ?? 0) + 1, (current[j] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
};
