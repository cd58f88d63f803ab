/**
 * The rooms of the web app. Imports point down this list only:
 *
 *     app  →  features/* (never each other)  →  components | player  →  protocol | api  →  lib
 *
 * Every file under src/ stands in one of the rooms; player/, protocol/ and lib/ know no React.
 */
const rooms = [["app"], ["features"], ["components", "player"], ["protocol", "api"], ["lib"]];

function inRooms(names) {
  return `^src/(${names.join("|")})/`;
}

/** For each room: everything above it and beside it. */
const downwardsOnly = rooms
  .flatMap((layer, depth) =>
    layer.map((room) => ({
      name: `${room}-imports-only-from-rooms-below`,
      severity: "error",
      from: { path: inRooms([room]) },
      to: { path: inRooms([...rooms.slice(0, depth).flat(), ...layer.filter((other) => other !== room)]) },
    })),
  )
  .filter((rule) => rule.to.path !== inRooms([]));

export default {
  forbidden: [
    ...downwardsOnly,
    {
      name: "features-never-import-each-other",
      severity: "error",
      from: { path: "^src/features/([^/]+)/" },
      to: { path: "^src/features/([^/]+)/", pathNot: "^src/features/$1/" },
    },
    {
      name: "every-file-has-a-room",
      severity: "error",
      from: {},
      to: { path: "^src/", pathNot: inRooms(rooms.flat()) },
    },
    {
      name: "every-importer-has-a-room",
      severity: "error",
      from: { path: "^src/", pathNot: inRooms(rooms.flat()) },
      to: {},
    },
    {
      name: "no-react-below-components",
      comment: "The player runs beside React, never inside it: a frame is no render.",
      severity: "error",
      from: { path: inRooms(["player", "protocol", "api", "lib"]), pathNot: "\\.test\\.tsx?$" },
      to: { path: "^node_modules/(@types/)?(react|react-dom|radix-ui|@tanstack)(/|$)" },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "no-test-in-the-app",
      severity: "error",
      from: { pathNot: "\\.test\\.tsx?$" },
      to: { path: "(\\.test\\.tsx?$|^node_modules/(vitest|happy-dom|@testing-library)/)" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "default"] },
  },
};
