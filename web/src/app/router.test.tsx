import { RouterProvider } from "@tanstack/react-router";
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { router } from "./router";

test("the start page names the platform", async () => {
  render(<RouterProvider router={router} />);
  expect((await screen.findByRole("heading")).textContent).toBe("Skill Arcade");
});
