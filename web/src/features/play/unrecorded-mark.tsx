/** There as long as the game is: what is played is not kept. */
export function UnrecordedMark() {
  return (
    <p
      title="This game is not recorded, and its score is not kept."
      className="rounded-full border border-line px-2.5 py-1 text-xs/none whitespace-nowrap text-dim"
    >
      Not recorded
    </p>
  );
}
