import { DropdownMenu } from "radix-ui";
import { useState } from "react";
import { logOut } from "@/api/client";
import { formButtonClass } from "@/components/button";
import { Icon } from "@/components/icons";
import { isTheme, keepTheme, readTheme, type Theme } from "@/lib/theme";
import { useMe } from "./use-account";

const themes: readonly (readonly [Theme, string])[] = [
  ["dark", "Dark"],
  ["light", "Light"],
  ["system", "Like my computer"],
];
const itemClass =
  "flex min-h-10 items-center gap-2 rounded-sm px-3 outline-none select-none data-highlighted:bg-line";

/** Who is here, how it looks, and the way out. */
export function AccountMenu() {
  const me = useMe();
  const [theme, setTheme] = useState(readTheme);
  const name = me.data === undefined || me.data.guest ? "Guest" : (me.data.email ?? "Player");
  const change = (next: string) => {
    if (!isTheme(next)) return;
    keepTheme(next);
    setTheme(next);
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={formButtonClass({ look: "quiet", size: "small" }, "min-w-0")}>
        <Icon name="person" />
        <span className="max-w-[38vw] truncate sm:max-w-56">{name}</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={8}
          className="z-50 w-60 rounded-md border border-line bg-raised p-1.5 shadow-xl"
        >
          <DropdownMenu.Label className="legend px-3 pt-2 pb-1">Appearance</DropdownMenu.Label>
          <DropdownMenu.RadioGroup value={theme} onValueChange={change}>
            {themes.map(([value, label]) => (
              <DropdownMenu.RadioItem key={value} value={value} className={itemClass}>
                <span className="w-4 text-accent">
                  <DropdownMenu.ItemIndicator>●</DropdownMenu.ItemIndicator>
                </span>
                {label}
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
          <DropdownMenu.Separator className="my-1.5 h-px bg-line" />
          <DropdownMenu.Item className={itemClass} onSelect={logOut}>
            Leave
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
