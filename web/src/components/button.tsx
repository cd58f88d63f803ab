import type { ComponentProps } from "react";

const looks = {
  /** The one thing to do here. */
  primary: "bg-glow text-on-glow font-semibold hover:brightness-110 active:translate-y-px",
  plain: "bg-raised text-ink border border-line hover:border-edge active:translate-y-px",
  quiet: "text-dim hover:text-ink hover:bg-raised",
} as const;

const sizes = {
  normal: "min-h-11 px-4 text-base",
  large: "min-h-14 px-7 text-lg",
  small: "min-h-9 px-3 text-sm",
} as const;

export interface ButtonLook {
  readonly look?: keyof typeof looks;
  readonly size?: keyof typeof sizes;
}

/** For links that should look like buttons too. */
export function formButtonClass({ look = "plain", size = "normal" }: ButtonLook, extra = ""): string {
  return `inline-flex items-center justify-center gap-2.5 rounded-md whitespace-nowrap motion-safe:transition-colors disabled:opacity-50 ${looks[look]} ${sizes[size]} ${extra}`;
}

export function Button({
  look = "plain",
  size = "normal",
  className = "",
  type = "button",
  ...rest
}: ButtonLook & ComponentProps<"button">) {
  return <button type={type} className={formButtonClass({ look, size }, className)} {...rest} />;
}
