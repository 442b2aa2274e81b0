package dev.palimpsest.experiments;

import jakarta.persistence.criteria.Expression;
import jakarta.persistence.criteria.Predicate;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Sort;
import org.springframework.data.jpa.domain.Specification;
import org.springframework.data.jpa.repository.JpaSpecificationExecutor;

/// What all lists have in common: filters that allow several values, and pages in the order of ids.
public final class Rows {

    private Rows() {}

    /// A column has one of some values; no values mean any.
    public static void in(Expression<?> column, Collection<?> values, List<Predicate> all) {
        if (!values.isEmpty()) {
            all.add(column.in(values));
        }
    }

    /// One page of what is wanted.
    ///
    /// @param after id of the last row of the page before; empty at the beginning
    /// @param ascending oldest first
    public static <T> List<T> page(
            JpaSpecificationExecutor<T> rows,
            Specification<T> wanted,
            @Nullable UUID after,
            boolean ascending,
            int limit) {
        Specification<T> beyond = (row, _, build) ->
                ascending ? build.greaterThan(row.<UUID>get("id"), after) : build.lessThan(row.<UUID>get("id"), after);
        Sort order = Sort.by(ascending ? Sort.Direction.ASC : Sort.Direction.DESC, "id");
        return rows.findBy(
                after == null ? wanted : wanted.and(beyond),
                found -> found.sortBy(order).limit(limit).all());
    }
}
