/** Tests of a value's form that also narrow its type: what comes over a wire or out of storage is `unknown` until one of these said yes. */
export type Shape<T> = (value: unknown) => value is T;

export type Shaped<S> = S extends Shape<infer T> ? T : never;

export const isString: Shape<string> = (value): value is string => typeof value === "string";

export const isNumber: Shape<number> = (value): value is number => Number.isFinite(value);

export const isInteger: Shape<number> = (value): value is number => Number.isSafeInteger(value);

export const isBoolean: Shape<boolean> = (value): value is boolean => typeof value === "boolean";

export function isOneOf<const V extends string | number>(...values: V[]): Shape<V> {
  return (value): value is V => (values as unknown[]).includes(value);
}

export function isNullOr<T>(shape: Shape<T>): Shape<T | null> {
  return (value): value is T | null => value === null || shape(value);
}

export function isAbsentOr<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value): value is T | undefined => value === undefined || shape(value);
}

export function isListOf<T>(shape: Shape<T>): Shape<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every(shape);
}

export function isObject<M extends Record<string, Shape<unknown>>>(
  members: M,
): Shape<{ readonly [K in keyof M]: Shaped<M[K]> }> {
  const tests = Object.entries(members);
  return (value): value is { readonly [K in keyof M]: Shaped<M[K]> } =>
    typeof value === "object" &&
    value !== null &&
    tests.every(([name, shape]) => shape((value as Record<string, unknown>)[name]));
}
