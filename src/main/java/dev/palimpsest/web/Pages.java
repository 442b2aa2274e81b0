package dev.palimpsest.web;

import dev.palimpsest.experiments.RequestRefusedException;
import dev.palimpsest.jobs.Ids;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Where in a list a page begins, how long it is, and in which order.
///
/// @param after the last id seen; empty at the beginning
/// @param ascending oldest first
record Pages(int limit, @Nullable UUID after, boolean ascending) {

    static final String DEFAULT_LIMIT = "20";
    static final int MOST = 100;

    /// @param prefix of the ids in this list
    static Pages of(int limit, @Nullable String after, String order, String prefix) {
        if (!order.equals("asc") && !order.equals("desc")) {
            throw Wire.badParameter("order", "order must be asc or desc, got '%s'.".formatted(order));
        }
        return new Pages(checked(limit), after == null ? null : cursor(after, prefix), order.equals("asc"));
    }

    static int checked(int limit) {
        if (limit < 1 || limit > MOST) {
            throw Wire.badParameter("limit", "limit must be 1..%d, got %d.".formatted(MOST, limit));
        }
        return limit;
    }

    private static UUID cursor(String text, String prefix) {
        return Ids.parse(prefix, text)
                .orElseThrow(() -> new RequestRefusedException(
                        400,
                        "invalid_cursor",
                        "after",
                        "after must be the last id of a page, as %s_..., got '%s'.".formatted(prefix, text)));
    }
}
