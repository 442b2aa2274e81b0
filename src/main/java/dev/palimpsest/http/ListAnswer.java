package dev.palimpsest.http;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One page of a list.
///
/// @param firstId of the first entry here; empty if there is none
/// @param lastId of the last entry: the cursor for the next page
public record ListAnswer<T>(
        String object,
        List<T> data,
        @Nullable String firstId,
        @Nullable String lastId,
        boolean hasMore) {

    public static <T> ListAnswer<T> of(List<T> data, Function<T, String> id, boolean hasMore) {
        return new ListAnswer<>(
                "list",
                data,
                data.isEmpty() ? null : id.apply(data.getFirst()),
                data.isEmpty() ? null : id.apply(data.getLast()),
                hasMore);
    }

    /// Cuts a page from one entry more than it holds, by which the next page is known.
    public static <T> ListAnswer<T> cut(List<T> oneMore, int limit, Function<T, String> id) {
        boolean more = oneMore.size() > limit;
        return of(more ? oneMore.subList(0, limit) : oneMore, id, more);
    }
}
