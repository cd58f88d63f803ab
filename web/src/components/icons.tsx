/** Drawn on a grid of 16, with square ends, to go with the pixels. */
const paths = {
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  play: "M4 2.5v11l9-5.5z",
  fullScreen: "M2 2h5v2H4v3H2zM9 2h5v5h-2V4H9zM2 9h2v3h3v2H2zM12 9h2v5H9v-2h3z",
  leaveFullScreen: "M5 2h2v5H2V5h3zM9 2h2v3h3v2H9zM2 9h5v5H5v-3H2zM9 9h5v2h-3v3H9z",
  again: "M8 3a5 5 0 1 1-4.6 3H1.5L4.7 2 8 6H5.6A3 3 0 1 0 8 5z",
  back: "M7 3 2 8l5 5 1.4-1.4L5.8 9H14V7H5.8l2.6-2.6z",
  search: "M7 2a5 5 0 1 0 3 9l3.3 3.3 1.4-1.4L11.4 9.6A5 5 0 0 0 7 2m0 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6",
  person: "M8 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6M2 14c0-3 2.5-5 6-5s6 2 6 5z",
  theme: "M8 1.5a6.5 6.5 0 1 0 0 13zm0 2v9a4.5 4.5 0 0 0 0-9",
} as const;

export function Icon({
  name,
  className = "size-4",
}: {
  readonly name: keyof typeof paths;
  readonly className?: string;
}) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" className={`shrink-0 ${className}`}>
      <path d={paths[name]} fill="currentColor" />
    </svg>
  );
}
