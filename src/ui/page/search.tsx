/** The field that filters what is below it. `label` is for screen readers. */
export function Search({
  label,
  placeholder,
  words,
  onWords,
}: {
  label: string;
  placeholder: string;
  words: string;
  onWords: (words: string) => void;
}) {
  return (
    <label class="search">
      <span class="hidden">{label}</span>
      <input
        type="search"
        placeholder={placeholder}
        value={words}
        onInput={(event) => onWords(event.currentTarget.value)}
      />
    </label>
  );
}
