package dev.palimpsest.http;

import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.RequestRefusedException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Where in a list a page begins, how long it is, and in which order.
///
/// @param after the last id seen; empty at the beginning
/// @param ascending oldest first
public record Pages(int limit, @Nullable UUID after, boolean ascending) {

    public static final String DEFAULT_LIMIT = "20";
    public static final int MOST = 100;

    /// What the parameters of a list ask for.
    ///
    /// @param prefix of the ids in this list
    public static Pages of(int limit, @Nullable String after, String order, String prefix) {
        if (!order.equals("asc") && !order.equals("desc")) {
            throw Wire.badParameter("order", "order must be asc or desc, got '%s'.".formatted(order));
        }
        return new Pages(checked(limit), after == null ? null : cursor(after, prefix), order.equals("asc"));
    }

    public static int checked(int limit) {
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
