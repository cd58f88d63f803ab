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
  star: "M8 1.2L9.94 5.93L15.04 6.31L11.14 9.62L12.35 14.59L8 11.9L3.65 14.59L4.86 9.62L0.96 6.31L6.06 5.93z",
  starOutline:
    "M8 1.2L9.94 5.93L15.04 6.31L11.14 9.62L12.35 14.59L8 11.9L3.65 14.59L4.86 9.62L0.96 6.31L6.06 5.93zM6.77 6.9L3.53 7.15L6 9.25L5.24 12.4L8 10.7L10.76 12.4L10 9.25L12.47 7.15L9.23 6.9L8 3.9z",
  keys: "M1 4h14v8H1zM3 6v1.5h1.5V6zm2.8 0v1.5h1.5V6zm2.8 0v1.5h1.5V6zM11.4 6v1.5H13V6zM4.5 9v1.5h7V9z",
  sound:
    "M2 6h2.5L8 3v10L4.5 10H2zM9.5 5.2c2.2 1 2.2 4.6 0 5.6v-1.6c.8-.5.8-1.9 0-2.4zM9.5 2.4c5 1.4 5 9.8 0 11.2v-1.5c3.2-1.2 3.2-7 0-8.2z",
  soundOff:
    "M2 6h2.5L8 3v10L4.5 10H2zM9.5 6.9l1.1-1.1L12 7.2l1.4-1.4 1.1 1.1L13.1 8.3l1.4 1.4-1.1 1.1L12 9.4l-1.4 1.4-1.1-1.1 1.4-1.4z",
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
