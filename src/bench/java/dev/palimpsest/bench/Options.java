package dev.palimpsest.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Arguments `--name value` of a program, with defaults for those that are not given.
final class Options {

    private final Map<String, String> values = new LinkedHashMap<>();

    /// @param defaults `name=value` for every name there is, separated by blanks
    static Options of(String[] arguments, String defaults) {
        Options options = new Options();
        for (String one : defaults.split(" ", -1)) {
            int equals = one.indexOf('=');
            options.values.put(one.substring(0, equals), one.substring(equals + 1));
        }
        for (int i = 0; i < arguments.length; i += 2) {
            String name = arguments[i].replaceFirst("^--", "");
            if (!options.values.containsKey(name) || i + 1 == arguments.length) {
                throw new IllegalArgumentException("arguments are --name value with names of %s, got '%s'"
                        .formatted(options.values.keySet(), String.join(" ", arguments)));
            }
            options.values.put(name, arguments[i + 1]);
        }
        return options;
    }

    String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("there is no option " + name);
        }
        return value;
    }

    int number(String name) {
        return Integer.parseInt(text(name));
    }

    /// 1 is on, 0 off.
    boolean on(String name) {
        return number(name) == 1;
    }

    Map<String, String> all() {
        return Collections.unmodifiableMap(values);
    }
}
