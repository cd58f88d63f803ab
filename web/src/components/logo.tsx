/** The mark: a control cross of pixels with one of them pressed. */
export function Logo({ className = "" }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 7 7" shapeRendering="crispEdges" aria-hidden="true" className={className}>
      <path d="M2 0h3v2h2v3h-2v2h-3v-2h-2v-3h2z" fill="currentColor" />
      <path d="M5 3h1v1h-1z" fill="var(--color-ground)" />
      <path d="M1 3h1v1h-1z M3 1h1v1h-1z M3 5h1v1h-1z" fill="var(--color-ground)" opacity="0.45" />
      <path d="M5 2h2v3h-2z" fill="var(--color-glow)" />
    </svg>
  );
}
