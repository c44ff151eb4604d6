import type { Config } from '@mediamesh/config';

/** What follows from a configuration, worked out once: paths change often, configurations do not. */
export function oncePerConfig<Value extends object | boolean>(workOut: (config: Config) => Value): (config: Config) => Value {
  const known = new WeakMap<Config, Value>();
  return (config) => {
    let value = known.get(config);
    if (value === undefined) known.set(config, (value = workOut(config)));
    return value;
  };
}
